"""A fleet's certificates on Spark: one function a partition, Arrow in and Arrow out.

    spark-submit --master 'local-cluster[2,1,1024]' examples/spark/fleet.py issue fleet.parquet out \
        --workspace workers --start 2026-11-01T00:00:00Z --serial-start 1

The job's rows are columns of Parquet: `row` (from 1 on, each once), `device_key`, and `csr`, or `key` and `subject`. The way with the
key on each worker is `issue`; without it `prepare` here, `certwright batch --stage sign` where the key is, then `finish` here.
A task that runs twice gives the same rows twice, and Spark commits one of them: serial numbers follow from `row`, signatures are
deterministic. Fresh keys are the exception: they count once the stage's output is committed.
"""

import argparse

from pyspark.sql import SparkSession

ISSUED = """row long, row_key string, vendor string, status string, serial string, subject string, holder string,
not_before timestamp, not_after timestamp, key_kind string, certificate binary, {artefacts}request binary,
rejection string"""
PREPARED = "row long, row_key string, status string, holder string, request binary, tbs binary, key string, rejection string"
BINARY = {"cer", "p7b"}


def schema(artefacts):
    columns = (f"{name} {'binary' if name in BINARY else 'string'}, " for name in artefacts)
    return ISSUED.format(artefacts="".join(columns))


def partition(call, args):
    """What a Python worker does with the batches of a partition; the workspace is opened once."""

    def run(batches):
        import certwright
        import pyarrow

        passphrase = open(args.passphrase_file).readline().rstrip("\n") if args.passphrase_file else None
        issuer = certwright.Issuer(args.workspace, passphrase=passphrase, prepares_only=call != "issue")
        if call == "finish":
            terms = {"artefacts": args.artefacts, "start": args.start}
        else:
            sealed = open(args.encrypt_keys_for, "rb").read() if args.encrypt_keys_for else None
            terms = {
                "artefacts": args.artefacts if call == "issue" else [name for name in args.artefacts if name == "key"],
                "defaults": dict(field.split("=", 1) for field in args.default),
                "encrypt_keys_for": sealed,
                "serial_start": args.serial_start,
                "start": args.start,
            }
        for batch in batches:
            done = getattr(certwright, call)(batch, issuer=issuer, threads=args.threads, **terms)
            yield pyarrow.record_batch(done)

    return run


def arguments(words=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("call", choices=["issue", "prepare", "finish"])
    parser.add_argument("rows", help="Parquet: the job, or for finish what was prepared")
    parser.add_argument("out", help="Parquet: a folder that is not there")
    parser.add_argument("--signed", help="for finish: what the stage sign has written")
    parser.add_argument("--workspace", required=True, help="on every worker: of `certwright ca share`, for issue with keys")
    parser.add_argument("--passphrase-file", help="of the CA keys, for issue")
    parser.add_argument("--encrypt-keys-for", help="the certificate of whoever is to have fresh keys")
    parser.add_argument("--start", required=True, help="the first second of validity")
    parser.add_argument("--serial-start", type=int, default=1)
    parser.add_argument("--default", action="append", default=[], metavar="FIELD=VALUE")
    parser.add_argument("--artefacts", type=lambda text: [name for name in text.split(",") if name], default=[])
    parser.add_argument("--partitions", type=int, default=16)
    parser.add_argument("--threads", type=int, default=1, help="of a task: the cores that Spark gives it")
    return parser.parse_args(words)


def run(spark, args):
    """Reads the job, calls what is asked for on its partitions, and writes what comes out."""
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    rows = spark.read.parquet(args.rows)
    if args.call == "finish":
        signed = spark.read.parquet(args.signed)
        refused = signed["rejection"].alias("refused")
        rows = rows.join(signed.select("row", "signature", refused), "row", "left")
        rows = rows.selectExpr("row", "row_key", "holder", "request", "tbs", "key", "signature",
                               "coalesce(rejection, refused) AS rejection")
    # A partition a task: what is lost with a worker is one partition's work.
    rows = rows.repartitionByRange(args.partitions, "row").sortWithinPartitions("row")
    wanted = PREPARED if args.call == "prepare" else schema(args.artefacts)
    done = rows.mapInArrow(partition(args.call, args), wanted)
    done.write.option("compression", "zstd").parquet(args.out)


def main():
    args = arguments()
    spark = SparkSession.builder.appName("certwright").getOrCreate()
    run(spark, args)
    status = spark.read.parquet(args.out).groupBy("status").count().collect()
    print(*(f"{row['status']}: {row['count']}" for row in status), sep="\n")
    spark.stop()


if __name__ == "__main__":
    main()
