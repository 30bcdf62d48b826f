# Of cargo-tarpaulin's report: lines that can be covered and are, module by module; false where the sum is below 90 %.
def share: {covered: map(.covered) | add, coverable: map(.coverable) | add} | .percent = (.covered / .coverable * 1000 | round / 10);
[ .files[]
  | (.path | .[(rindex("src") + 1):]) as $path
  | select($path[-1] != "tests.rs" and ($path | index("tests") | not))
  | {module: ($path[0] | rtrimstr(".rs")), covered, coverable}
  | select(.module | IN("issuer", "lint", "profile", "request", "vendor"))
]
| (group_by(.module) | map({(.[0].module): share}) | add) + {all: share}
| (., (.all.percent >= 90))
