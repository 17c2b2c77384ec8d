/** Shells that `wiggum completion` has a script for. */
export type Shell = keyof typeof completionScripts;

// Each asks `wiggum complete -- <words>`, which prints a line for each proposal: the value, a tab, what it is. `:files` and `:folders` ask for what
// the shell knows itself.

/** Bash shows no descriptions, and cuts words at `=` and `:`, which is undone here. Works without the package bash-completion, from bash 3.2 on. */
const bash = `# Completion of wiggum for bash. Put into ~/.bashrc: eval "$(wiggum completion bash)"
_wiggum() {
  local line word path cut='' before='' index
  local -a typed=()
  COMPREPLY=()
  for ((index = 1; index <= COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    # "--state=ready" comes as three words.
    if ((\${#typed[@]} > 0)) && [[ $word == [=:]* || $before == *[=:] ]]; then
      typed[\${#typed[@]}-1]+=$word
    else
      typed+=("$word")
    fi
    before=$word
  done
  word=\${typed[\${#typed[@]}-1]}
  # What bash replaces begins behind the last of these.
  case $COMP_WORDBREAKS in
    *[=:]*) cut=\${word%"\${word##*[=:]}"} ;;
  esac
  while IFS= read -r line; do
    case $line in
      :files | :folders)
        compopt -o filenames 2>/dev/null
        while IFS= read -r path; do
          COMPREPLY+=("$path")
        done < <(if [[ $line == :files ]]; then compgen -f -- "\${word#"$cut"}"; else compgen -d -- "\${word#"$cut"}"; fi)
        ;;
      ?*)
        line=\${line%%$'\\t'*}
        COMPREPLY+=("\${line#"$cut"}")
        ;;
    esac
  done < <("\${1/#\\~\\//$HOME/}" complete -- "\${typed[@]}" 2>/dev/null)
}
complete -F _wiggum wiggum
`;

const zsh = `#compdef wiggum
# Completion of wiggum for zsh. Put into ~/.zshrc, below compinit: eval "$(wiggum completion zsh)"
# Or save it as a file named _wiggum in a folder of $fpath.
_wiggum() {
  local line program=\${(Q)words[1]} also=
  local -a proposals=()
  for line in "\${(@f)$("\${program/#\\~\\//$HOME/}" complete -- "\${(@Q)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)}"; do
    case $line in
      '') ;;
      :files | :folders) also=$line ;;
      *) proposals+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}") ;;
    esac
  done
  if [[ -n $also ]]; then
    [[ $PREFIX == --*=* ]] && compset -P '*='
    if [[ $also == :files ]]; then _files; else _files -/; fi
  elif (( $#proposals )); then
    _describe wiggum proposals
  fi
}
if [[ $funcstack[1] == _wiggum ]]; then
  _wiggum "$@"
else
  compdef _wiggum wiggum
fi
`;

const fish = `# Completion of wiggum for fish. Put into ~/.config/fish/config.fish: wiggum completion fish | source
function __wiggum_complete
    set -l before (commandline -opc)
    set -l current (commandline -ct)
    set -l program (string replace -r '^~/' "$HOME/" -- $before[1])
    for line in ($program complete -- $before[2..-1] "$current" 2>/dev/null)
        switch $line
            case ':files'
                __fish_complete_path "$current"
            case ':folders'
                __fish_complete_directories "$current"
            case '*'
                echo $line
        end
    end
end
complete -c wiggum -f -a '(__wiggum_complete)'
`;

export const completionScripts = { bash, zsh, fish } as const;
