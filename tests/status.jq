# SPDX-License-Identifier: MIT
# Events, one a line, against the tables of doc/status.md: prints what is wrong.
#
#     jq -n -r -R --rawfile page doc/status.md -f tests/status.jq <events

# {"start": {"pid": ["number", "always"], ...}, ...}; "all" is in all events.
def schema:
	reduce ($page | split("\n")[]) as $line ({now: null, kinds: {}};
		if ($line == "In all events:") then .now = "all"
		elif ($line | test("^### ")) then .now = $line[4:]
		elif (.now and ($line | test("^\\| `"))) then
			($line | split("|") | map(gsub("^ +| +$"; ""))) as $cells
			| .kinds[.now][$cells[1] | gsub("`"; "")] =
				[$cells[2], $cells[3]]
		else . end)
	| .kinds;

def whole: type == "number" and . >= 0 and . == floor;

def is($kind):
	if $kind == "string" then type == "string"
	elif $kind == "strings" then
		type == "array" and all(.[]; type == "string")
	elif $kind == "number" then whole
	elif $kind == "seconds" then type == "number" and . >= 0
	elif $kind == "boolean" then type == "boolean"
	elif $kind == "object" then type == "object" and all(.[]; whole)
	elif $kind == "objects" then
		type == "array" and all(.[]; type == "object" and (.pid | whole)
			and (keys - ["name", "name_b64", "pid"] == []))
	else "no type: \($kind)" | error end;

schema as $schema
| if ($schema | keys) !=
	["all", "end", "error", "file", "plan", "progress", "start"]
  then "the page has other events: \($schema | keys)" else empty end,
  (inputs as $line
	| ([$line | fromjson?] | first) as $event
	| if ($event | type) != "object" then "no object: \($line)"
	elif $event.v != 1 then "another version: \($line)"
	elif ($schema[$event.event // "all"] | not) or
		$event.event == "all" then "no such event: \($line)"
	else
		($schema.all + $schema[$event.event]) as $fields
		| ($event | keys[] | select($fields[.] | not)
			| "\(.) is not on the page: \($line)"),
		  ($fields | to_entries[] | .key as $key | .value as $what
			| if $event | has($key) then
				select($event[$key] | is($what[0]) | not)
				| "\($key) is no \($what[0]): \($line)"
			elif $what[1] == "always" then
				"\($key) is missing: \($line)"
			else empty end)
	end)
