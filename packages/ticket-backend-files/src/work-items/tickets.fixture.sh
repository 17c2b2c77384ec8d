#!/bin/sh
# The rules of the original tool over work items, as a program of its own: no lock, plain redirections, one step after the other.
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
command=${1:-help}
[ $# -eq 0 ] || shift
case $command in
  create) # title
    mkdir -p "$root/open" "$root/pending" "$root/closed"
    slug=$(printf '%s' "$1" | LC_ALL=C tr 'A-Z' 'a-z' | LC_ALL=C tr -cs 'a-z0-9' '-' | sed 's/^-*//; s/-*$//')
    id=$(date -u +%Y%m%d-%H%M%S)-${slug:-item}
    [ ! -e "$root/open/$id" ] || id=$id-$$
    at=$(now)
    mkdir -p "$root/open/$id/artifacts"
    : > "$root/open/$id/artifacts/.gitkeep"
    printf -- '---\nid: %s\nslug: %s\ntitle: %s\nstatus: open\nkind: task\npriority: P2\nlabels: []\ncreated_at: %s\nupdated_at: %s\nassignee: null\nlegacy_ticket: null\n---\n\n## Background\n\nCreated by tickets.sh.\n\n## Acceptance criteria\n\n- TBD\n' "$id" "${slug:-item}" "$1" "$at" "$at" > "$root/open/$id/item.md"
    printf '<!-- event: create author: tickets.sh at: %s -->\n\n## Created\n\nCreated by tickets.sh create.\n\n---\n' "$at" > "$root/open/$id/thread.md"
    printf '%s\n' "$id" ;;
  list) # status
    printf 'status\tid\tslug\ttitle\tkind\tpriority\tupdated_at\n'
    for item in "$root/$1"/*/item.md; do
      [ -f "$item" ] || continue
      printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$(field "$item" status)" "$(field "$item" id)" "$(field "$item" slug)" "$(field "$item" title)" "$(field "$item" kind)" "$(field "$item" priority)" "$(field "$item" updated_at)"
    done ;;
  show)
    folder=$(find_item "$1")
    printf '# %s\n' "$(field "$folder/item.md" title)"
    cat "$folder/item.md"
    tail -n 80 "$folder/thread.md" ;;
  comment) # item author body
    event "$(find_item "$1")" comment Comment "$2" "" "$3" ;;
  review) # item author approve|request_changes body
    event "$(find_item "$1")" review "Review: $(printf '%s' "$3" | tr _ ' ')" "$2" "$3" "$4" ;;
  status) # item status
    move "$(find_item "$1")" "$2" > /dev/null ;;
  close) # item author resolution
    folder=$(move "$(find_item "$1")" closed)
    printf '%s\n' "$3" > "$folder/resolution.md"
    event "$folder" close Closed "$2" closed "$3" ;;
  doctor)
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
