#!/bin/sh
# Notes what an agent does, for the hooks of its program; Wiggum places it into the folder of each session.
#
#   report hook <fact> none|stdin|last [--unless <text>] [path...] [payload]
#
# A payload comes from standard input or is the last argument; the paths name the texts in it that explain the fact. With --unless nothing is
# noted of a payload that holds the text: some programs call their hooks for hidden work of their own, too. This is a shell script
# and no call of `wiggum`, because it runs at every tool call: it must return at once and must never make the agent fail. One printf is
# one write, so that two hooks at one time do not mix. The line is written without its payload first: that may turn out to be no JSON.
source=$1 fact=$2 from=$3
shift 3
paths= payload= unless=
if [ "$1" = --unless ]; then unless=$2; shift 2; fi
while [ $# -gt 0 ]; do
  if [ "$from" = last ] && [ $# -eq 1 ]; then payload=$1; else paths="$paths${paths:+,}\"$1\""; fi
  shift
done
[ "$from" = stdin ] && payload=$(head -c 3001)
[ -n "$unless" ] && case $payload in *"$unless"*) exit 0 ;; esac
[ ${#payload} -gt 3000 ] && payload=
line="{\"source\":\"$source\",\"fact\":\"$fact\",\"at\":$(date +%s)"
if [ -n "$payload" ]; then
  payload=$(printf %s "$payload" | tr '\n\r\t' '   ')
  printf '%s}\n%s,"show":[%s],"payload":%s}\n' "$line" "$line" "$paths" "$payload"
else
  printf '%s}\n' "$line"
fi >> "${0%/*}/reports.jsonl" 2>/dev/null
exit 0
