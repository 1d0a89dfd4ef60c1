# SPDX-License-Identifier: MIT
# Join the TAP of one or two runs of the same suite into one stream.
#
# Usage: awk -v suite=NAME -v runs=N -v strict=1 -v expected=FILE \
#            -f merge-tap.awk user=root status=0 root.tap user=nobody ...
#
# Results are numbered anew and, with two runs, marked with the user.  Errors
# that would else go unseen become results of their own: a run that ended with
# fewer results than it planned, or with a bad status and no failed test.  A
# test that every run skipped is a failure when strict, unless FILE expects it
# (see there for the format).

function result(ok, text) {
	print (ok ? "ok " : "not ok ") ++total " - " text
	if (!ok)
		failed++
}

function mark(text) {
	return runs > 1 ? text " [" current "]" : text
}

function is_expected(key, i) {
	for (i = 1; i <= patterns; i++)
		if (key ~ ("^(" pattern[i] ")$"))
			return 1
	return key in exact
}

# A skip counts once its last run is here: one run that did the test is enough,
# and else one run whose reason is not expected is too much.
function skip(name, reason) {
	skips[name]++
	if (!(name in surprise) && !is_expected(suite ": " name " # " reason))
		surprise[name] = reason
	if (strict && skips[name] == runs && name in surprise)
		result(0, mark(name) ": skipped in every run: " surprise[name])
	else
		result(1, mark(name) " # SKIP " reason)
}

function end_run() {
	if (current == "")
		return
	if (seen != planned || !has_plan)
		result(0, mark("the suite ends early") ": " seen " of " \
			(has_plan ? planned : "unknown") \
			" results, exit status " current_status \
			(current_status == 124 ? " (timed out)" : ""))
	else if (current_status != 0 && failed == failed_before)
		result(0, mark("the suite ends well") \
			": exit status " current_status)
}

BEGIN {
	while ((getline line < expected) > 0) {
		if (line ~ /^(#|[ \t]*$)/)
			continue
		if (line ~ /^~ /)
			pattern[++patterns] = substr(line, 3)
		else
			exact[line]
	}
}

FNR == 1 {
	end_run()
	current = user
	current_status = status
	planned = seen = has_plan = 0
	failed_before = failed
}

# cmocka prints a plan for each group of tests.
/^1\.\.[0-9]+/ {
	has_plan = 1
	planned += substr($1, 4)
	if (match($0, /# *[Ss][Kk][Ii][Pp][^ ]* */))
		skip("all tests", substr($0, RSTART + RLENGTH))
	next
}

# cmocka up to 1.1.5 says "not ok" of a skipped test; the directive decides.
/^(not )?ok [0-9]+/ {
	seen++
	name = $0
	sub(/^(not )?ok [0-9]+ *(- )?/, "", name)
	if (match(name, / *# *[Ss][Kk][Ii][Pp][^ ]* */)) {
		reason = substr(name, RSTART + RLENGTH)
		name = substr(name, 1, RSTART - 1)
		# "# SKIP name" has the name for a reason.
		if (name == "") {
			name = reason
			reason = "said by the unit test"
		}
		gsub(/^\(|\)$/, "", reason)
		skip(name, reason)
	} else {
		result(/^ok/, mark(name))
	}
	next
}

/^#/ { print; next }
{ print "# " $0 }

END {
	end_run()
	print "1.." total + 0
}
