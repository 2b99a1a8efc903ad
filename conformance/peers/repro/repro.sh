#!/bin/sh
# Runs all reproductions: for each deviation, whether it can be reproduced with
# what is installed here. What is not installed is left out, with a message.
cd "$(dirname "$0")" || exit 1

run() {
	"$@" || echo "left out: $* (see ../setup.sh)" >&2
}

run go run .
run node repro.mjs
run ./repro.py
run ./repro.rb
run ./repro.pl
