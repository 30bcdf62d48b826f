"""Rows a second of the Spark job, in one session: RUNS ROWS FOLDER and the words of examples/spark/fleet.py."""

import json
import statistics
import sys
import time

import fleet
from pyspark.sql import SparkSession

WARM_UP = 3  # runs in which Java still compiles what it runs
runs, rows, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
args = fleet.arguments(sys.argv[4:])
spark = SparkSession.builder.appName("certwright").getOrCreate()
rates = []
for n in range(WARM_UP + runs):
    args.out = f"{folder}/{n}"
    began = time.monotonic()
    fleet.run(spark, args)
    rates.append(round(rows / (time.monotonic() - began)))
    # What was refused is no rate: every request of these is good, but for each thousandth.
    issued = spark.read.parquet(args.out).filter("status = 'issued'").count()
    assert issued == rows - rows // 1000, f"{issued} of {rows} rows were issued"
spark.stop()
print(json.dumps({"rates": rates[WARM_UP:], "median": statistics.median(rates[WARM_UP:])}))
