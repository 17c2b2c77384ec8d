#!/bin/sh
# A stand-in for the original tool over work items, whose text is not here: written from the description of its commands, options, outputs and checks.
# As there: no lock, plain redirections, one step after the other.
set -eu
root=${WORK_ITEMS_DIR:-work-items}
fail() { printf 'error: %s\n' "$1" >&2; exit 1; }
now() { date -u +%Y-%m-%dT%H:%M:%SZ; }
field() { awk -v key="$2" 'NR == 1 { next } $0 == "---" { exit } index($0, key ": ") == 1 { print substr($0, length(key) + 3); exit }' "$1"; }
put() {
  temporary=$(mktemp)
  awk -v key="$2" -v value="$3" 'NR > 1 && $0 == "---" { done = 1 } !done && index($0, key ":") == 1 { print key ": " value; next } { print }' "$1" > "$temporary"
  cat "$temporary" > "$1"
  rm "$temporary"
}
find_item() {
  matches=
  count=0
  for item in "$root"/open/*/item.md "$root"/pending/*/item.md "$root"/closed/*/item.md; do
    [ -f "$item" ] || continue
    if [ "$(field "$item" id)" = "$1" ] || [ "$(field "$item" slug)" = "$1" ]; then
      matches=$(dirname "$item")
      count=$((count + 1))
    fi
  done
  [ "$count" -gt 0 ] || fail "work item not found: $1"
  [ "$count" -eq 1 ] || fail "ambiguous work item: $1"
  printf '%s\n' "$matches"
}
event() { # folder kind heading author status body
  at=$(now)
  {
    if [ -n "$5" ]; then printf '\n<!-- event: %s author: %s at: %s status: %s -->\n\n' "$2" "$4" "$at" "$5"
    else printf '\n<!-- event: %s author: %s at: %s -->\n\n' "$2" "$4" "$at"; fi
    printf '## %s\n\n' "$3"
    printf '%s\n' "$6"
    printf '\n\n---\n'
  } >> "$1/thread.md"
  put "$1/item.md" updated_at "$at"
}
move() { # folder status
  target=$root/$2/$(basename "$1")
  if [ "$1" != "$target" ]; then
    [ ! -e "$target" ] || fail "target already exists: $target"
    mkdir -p "$root/$2"
    mv "$1" "$target"
  fi
  put "$target/item.md" status "$2"
  put "$target/item.md" updated_at "$(now)"
  printf '%s\n' "$target"
}
value() { [ "$2" -ge 2 ] || fail "$1 requires a value"; }
body() { # file
  if [ -n "$1" ]; then
    [ -f "$1" ] || fail "file not found: $1"
    cat "$1"
  elif [ ! -t 0 ]; then cat
  else echo 'No body provided.'; fi
}
heading() {
  case $1 in
    comment) echo Comment ;;
    plan) echo Plan ;;
    decision) echo Decision ;;
    implementation_report) echo 'Implementation report' ;;
    *) printf '%s\n' "$1" ;;
  esac
}
is_status() { case $1 in open | pending | closed) ;; *) fail "invalid status: $1" ;; esac; }
author=${USER:-unknown}
command=${1:-help}
[ $# -eq 0 ] || shift
case $command in
  help | --help | -h) echo 'usage: ./tickets.sh help | list | show | create | comment | review | status | close | doctor' ;;
  create)
    title= given= kind=task priority=P2 labels=
    while [ $# -gt 0 ]; do
      case $1 in
        --title) value "$1" $#; title=$2 ;;
        --slug) value "$1" $#; given=$2 ;;
        --kind) value "$1" $#; kind=$2 ;;
        --priority) value "$1" $#; priority=$2 ;;
        --label) value "$1" $#; labels=$(printf '%s' "$2" | sed 's/ *, */, /g') ;;
        *) fail "unknown create argument: $1" ;;
      esac
      shift 2
    done
    [ -n "$title" ] || fail 'create requires --title'
    mkdir -p "$root/open" "$root/pending" "$root/closed"
    slug=$(printf '%s' "${given:-$title}" | LC_ALL=C tr 'A-Z' 'a-z' | LC_ALL=C tr -cs 'a-z0-9' '-' | sed 's/^-*//; s/-*$//')
    id=$(date -u +%Y%m%d-%H%M%S)-${slug:-item}
    [ ! -e "$root/open/$id" ] || id=$id-$$
    at=$(now)
    mkdir -p "$root/open/$id/artifacts"
    : > "$root/open/$id/artifacts/.gitkeep"
    printf -- '---\nid: %s\nslug: %s\ntitle: %s\nstatus: open\nkind: %s\npriority: %s\nlabels: [%s]\ncreated_at: %s\nupdated_at: %s\nassignee: null\nlegacy_ticket: null\n---\n\n## Background\n\nCreated by tickets.sh.\n\n## Acceptance criteria\n\n- TBD\n' "$id" "${slug:-item}" "$title" "$kind" "$priority" "$labels" "$at" "$at" > "$root/open/$id/item.md"
    printf '<!-- event: create author: tickets.sh at: %s -->\n\n## Created\n\nCreated by tickets.sh create.\n\n---\n' "$at" > "$root/open/$id/thread.md"
    printf '%s\n' "$id" ;;
  list)
    wanted=open
    while [ $# -gt 0 ]; do
      case $1 in
        --status) value "$1" $#; wanted=$2 ;;
        *) fail "unknown list argument: $1" ;;
      esac
      shift 2
    done
    [ "$wanted" = all ] || is_status "$wanted"
    [ "$wanted" != all ] || wanted='open pending closed'
    printf 'status\tid\tslug\ttitle\tkind\tpriority\tupdated_at\n'
    for status in $wanted; do
      for item in "$root/$status"/*/item.md; do
        [ -f "$item" ] || continue
        printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$(field "$item" status)" "$(field "$item" id)" "$(field "$item" slug)" "$(field "$item" title)" "$(field "$item" kind)" "$(field "$item" priority)" "$(field "$item" updated_at)"
      done
    done ;;
  show)
    [ $# -eq 1 ] || fail 'show requires <id-or-slug>'
    folder=$(find_item "$1")
    item=$folder/item.md
    printf '# %s\n\nPath: %s\nStatus: %s\nID: %s\nSlug: %s\n\n## item.md\n\n' "$(field "$item" title)" "$folder" "$(field "$item" status)" "$(field "$item" id)" "$(field "$item" slug)"
    cat "$item"
    printf '\n\n## thread.md\n\n'
    if [ -f "$folder/thread.md" ]; then tail -n 80 "$folder/thread.md"; else echo '(missing thread.md)'; fi ;;
  comment)
    [ $# -ge 1 ] || fail 'comment requires <id-or-slug>'
    query=$1 role=comment file=
    shift
    while [ $# -gt 0 ]; do
      case $1 in
        --role) value "$1" $#; role=$2 ;;
        --author) value "$1" $#; author=$2 ;;
        --file) value "$1" $#; file=$2 ;;
        *) fail "unknown comment argument: $1" ;;
      esac
      shift 2
    done
    folder=$(find_item "$query")
    event "$folder" "$role" "$(heading "$role")" "$author" "" "$(body "$file")" ;;
  review)
    [ $# -ge 1 ] || fail 'review requires <id-or-slug>'
    query=$1 result= file=
    shift
    while [ $# -gt 0 ]; do
      case $1 in
        --approve) result=approve; shift; continue ;;
        --request-changes) result=request_changes; shift; continue ;;
        --author) value "$1" $#; author=$2 ;;
        --file) value "$1" $#; file=$2 ;;
        *) fail "unknown review argument: $1" ;;
      esac
      shift 2
    done
    [ -n "$result" ] || fail 'review requires --approve or --request-changes'
    folder=$(find_item "$query")
    event "$folder" review "Review: $(printf '%s' "$result" | tr _ ' ')" "$author" "$result" "$(body "$file")" ;;
  status)
    [ $# -eq 2 ] || fail 'status requires <id-or-slug> <open|pending|closed>'
    is_status "$2"
    move "$(find_item "$1")" "$2" > /dev/null ;;
  close)
    [ $# -ge 1 ] || fail 'close requires <id-or-slug>'
    query=$1 resolution=Closed. file=
    shift
    while [ $# -gt 0 ]; do
      case $1 in
        --resolution) value "$1" $#; resolution=$2 ;;
        --file) value "$1" $#; file=$2 ;;
        *) fail "unknown close argument: $1" ;;
      esac
      shift 2
    done
    [ -z "$file" ] || resolution=$(body "$file")
    folder=$(move "$(find_item "$query")" closed)
    printf '%s\n' "$resolution" > "$folder/resolution.md"
    event "$folder" close Closed "$author" closed "$resolution" ;;
  doctor)
    [ $# -eq 0 ] || fail 'doctor takes no arguments'
    errors=0
    ids=
    slugs=
    say() { printf 'doctor: %s\n' "$1" >&2; errors=$((errors + 1)); }
    for status in open pending closed; do
      [ -d "$root/$status" ] || { say "missing directory: $root/$status"; continue; }
      for folder in "$root/$status"/*; do
        [ -d "$folder" ] || continue
        item=$folder/item.md
        [ -f "$item" ] || { say "missing item.md: $folder"; continue; }
        [ -f "$folder/thread.md" ] || say "missing thread.md: $folder"
        [ -d "$folder/artifacts" ] || say "missing artifacts/: $folder"
        [ "$(head -n 1 "$item")" = --- ] || say "item.md missing frontmatter opener: $item"
        for key in id slug title status kind priority labels created_at updated_at assignee legacy_ticket; do
          [ -n "$(field "$item" $key)" ] || say "missing required field '$key': $item"
        done
        id=$(field "$item" id)
        [ "$id" = "$(basename "$folder")" ] || say "directory id mismatch: $folder has id $id"
        [ "$(field "$item" status)" = "$status" ] || say "status mismatch: $item has '$(field "$item" status)' under '$status'"
        ids="$ids$id
"
        slugs="$slugs$(field "$item" slug)
"
      done
    done
    for twice in $(printf '%s' "$ids" | sort | uniq -d); do say "duplicate id: $twice"; done
    for twice in $(printf '%s' "$slugs" | sort | uniq -d); do say "duplicate slug: $twice"; done
    if [ "$errors" -eq 0 ]; then echo 'doctor: ok'; else
      printf 'doctor: %s error(s)\n' "$errors" >&2
      exit 1
    fi ;;
  *) fail "unknown command: $command" ;;
esac
