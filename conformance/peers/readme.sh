#!/bin/sh
# Runs the matrix on all adapters that are installed and puts it into
# conformance/README.md; or with -bench the benchmarks beside peers, and with
# -speed the ratios of this library alone, into README.md. Nothing is typed.
set -e
cd "$(dirname "$0")/../.."

between() { # FILE NAME TEXT: replaces what is between the markers of NAME
	awk -v name="$2" -v text="$3" '
		$0 == "<!-- " name " -->" { print; while ((getline line < text) > 0) print line; skip = 1 }
		$0 == "<!-- /" name " -->" { skip = 0 }
		!skip' "$1" >"$1.new"
	mv "$1.new" "$1"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ "$1" = -bench ]; then
	(cd conformance/peers && go run ./bench) >"$work/bench.md"
	between README.md peers "$work/bench.md"
	exit
fi
if [ "$1" = -speed ]; then
	go test -run '^$' -bench 'Ratio|Scaling' -benchtime 200x . >"$work/speed.txt"
	{
		echo "Medians of 200 pairs of turns on $(date -u +%Y-%m-%d) with $(go env GOVERSION) on $(nproc) CPUs ($(sed -n 's/^cpu: *\(.*[^ ]\) *$/\1/p' "$work/speed.txt")). The last column"
		echo "but one is the primitive against itself, the noise of the machine, at its largest in the row; the last is how"
		echo "many times the work of one core two cores do at 128 B, and in brackets what they do with the primitive."
		echo
		echo "| operation | 128 B | 1 KiB | 64 KiB | 1 MiB | noise | 2 cores |"
		echo "|---|---|---|---|---|---|---|"
		awk '/^BenchmarkRatio/ {
			split($1, p, "/"); size = p[3]; sub(/-[0-9]+$/, "", size)
			for (i = 2; i < NF; i++) { if ($(i+1) == "lib/raw") r = $i; if ($(i+1) == "raw/raw") n = $i }
			if (!(p[2] in seen)) { seen[p[2]] = 1; order[++k] = p[2] }
			if (size !~ /B$/ || p[2] == "ReadObject") size = "128B" # has no size
			cell[p[2], size] = sprintf("%.2f", r)
			d = n > 1 ? n - 1 : 1 - n; if (d >= noise[p[2]]) { noise[p[2]] = d; shown[p[2]] = sprintf("%.2f", n) }
		}
		/^BenchmarkScaling/ {
			split($1, p, "/")
			for (i = 2; i < NF; i++) { if ($(i+1) == "lib") l = $i; if ($(i+1) == "raw") n = $i }
			two[p[2]] = sprintf("%.2f (%.2f)", l, n)
		} END {
			for (i = 1; i <= k; i++) { o = order[i]; print "| " o " | " cell[o, "128B"] " | " cell[o, "1KiB"] " | " cell[o, "64KiB"] " | " cell[o, "1MiB"] " | " shown[o] " | " two[o] " |" }
		}' "$work/speed.txt"
	} >"$work/speed.md"
	grep -q SignHS512 "$work/speed.md"
	between README.md speed "$work/speed.md"
	exit
fi
conformance/peers/matrix.sh -self -json "$work/report.json" -markdown "$work/report.md" >"$work/out.txt" || [ $? = 1 ]
# No cell "accepted what must be refused" is printed that was not reproduced with the library alone.
conformance/peers/repro/repro.sh >"$work/rows.txt"
(cd conformance/peers && go run ./repro/covers -rows "$work/rows.txt" "$work/report.json")
{
	echo "Made by \`conformance/peers/readme.sh\` with $(go env GOVERSION)."
	sed -n '2,/^## /p' "$work/report.md" | sed '$d'
} >"$work/matrix.md"
grep -q '^| total' "$work/matrix.md"
between conformance/README.md matrix "$work/matrix.md"
