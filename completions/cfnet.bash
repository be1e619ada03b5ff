# Completion of cfnet for bash. Made by 'cfnet completion bash'; changes will be lost.

# Read $1 as bash would: `typed` gets its finished words, `last` the one it ends in, `quote` the quote still open there.
_cfnet_read() {
  local text=$1 character escaped='' begun='' at
  typed=() last='' quote=''
  for ((at = 0; at < ${#text}; at++)); do
    character=${text:at:1}
    if [[ $escaped ]]; then
      [[ $quote == '"' && $character != [\$\`\"\\] ]] && last+=\\
      last+=$character escaped=''
    elif [[ $character == \\ && $quote != "'" ]]; then
      escaped=1 begun=1
    elif [[ $quote && $character == "$quote" ]]; then
      quote=''
    elif [[ $quote ]]; then
      last+=$character
    elif [[ $character == [\"\'] ]]; then
      quote=$character begun=1
    elif [[ $character == [[:space:]] ]]; then
      [[ $begun ]] && typed+=("$last")
      last='' begun=''
    else
      last+=$character begun=1
    fi
  done
}

# Reply with those of the words from $2 on that, behind `before`, begin with `last`, quoted as the line has begun to.
# $1 is the part of the line that stays: bash replaces only what follows the last of COMP_WORDBREAKS.
_cfnet_reply() {
  local word wanted=$last kept quote typed last
  _cfnet_read "$1"
  kept=${#last}
  for word in "${@:2}"; do
    word=$before$word
    [[ $word == "$wanted"* ]] || continue
    word=${word:kept}
    case $quote in
      \') word=${word//\'/\'\\\'\'} ;;
      \") word=${word//\\/\\\\} word=${word//\"/\\\"} word=${word//\$/\\\$} word=${word//\`/\\\`} ;;
      *) [[ $word ]] && printf -v word %q "$word" ;;
    esac
    COMPREPLY+=("$word")
  done
}

_cfnet() {
  local typed last quote takes option='' before='' word path=cfnet number=1
  local line=${COMP_LINE:0:COMP_POINT}
  local stays=${line%"$2"}
  COMPREPLY=()
  _cfnet_read "$line"
  for word in "${typed[@]:1}"; do
    if [[ $option ]]; then
      option=''
    elif [[ $word == -?* ]]; then
      _cfnet_takes "$path:$word" && option=$word
    elif _cfnet_takes "$path:$number" && [[ ${takes[0]} == command ]]; then
      path+=" $word" number=1
    else
      ((number++))
    fi
  done
  if [[ ! $option && $last == --*=* ]]; then
    option=${last%%=*} before=$option=
  fi
  if [[ $option ]]; then
    _cfnet_takes "$path:$option" || return 0
  elif [[ $last == -* ]] || ! _cfnet_takes "$path:$number"; then
    _cfnet_takes "$path" || return 0
  fi
  case ${takes[0]} in
    choice | command) _cfnet_reply "$stays" "${takes[@]:1}" ;;
    folder) compopt -o dirnames 2>/dev/null ;;
    file) compopt -o default 2>/dev/null ;;
  esac
}

# What stands behind an option (COMMAND:--option), or as an argument (COMMAND:1): `takes`.
# COMMAND itself takes its options. Fails where there is no such thing.
_cfnet_takes() {
  case $1 in
    cfnet) takes=(choice --sandbox -v --verbose --debug --version -h --help) ;;
    cfnet:1) takes=(command network-policies add-network-policy remove-network-policy validate schema render sandbox tour completion help) ;;
    'cfnet network-policies') takes=(choice --source --destination --all --json --sandbox -v -h --help) ;;
    'cfnet network-policies:--source') takes=(free) ;;
    'cfnet network-policies:--destination') takes=(free) ;;
    'cfnet add-network-policy') takes=(choice --port --protocol -o -s --sandbox -v -h --help) ;;
    'cfnet add-network-policy:--port') takes=(free) ;;
    'cfnet add-network-policy:--protocol') takes=(choice tcp udp) ;;
    'cfnet add-network-policy:-o') takes=(free) ;;
    'cfnet add-network-policy:-s') takes=(free) ;;
    'cfnet add-network-policy:1') takes=(free) ;;
    'cfnet add-network-policy:2') takes=(free) ;;
    'cfnet remove-network-policy') takes=(choice --port --protocol -o -s --sandbox -v -h --help) ;;
    'cfnet remove-network-policy:--port') takes=(free) ;;
    'cfnet remove-network-policy:--protocol') takes=(choice tcp udp) ;;
    'cfnet remove-network-policy:-o') takes=(free) ;;
    'cfnet remove-network-policy:-s') takes=(free) ;;
    'cfnet remove-network-policy:1') takes=(free) ;;
    'cfnet remove-network-policy:2') takes=(free) ;;
    'cfnet validate') takes=(choice --var --vars-file --format --json --exit-zero --sandbox -h --help) ;;
    'cfnet validate:--var') takes=(free) ;;
    'cfnet validate:--vars-file') takes=(file) ;;
    'cfnet validate:--format') takes=(choice text json github sarif junit) ;;
    'cfnet validate:'[0-9]*) takes=(file) ;;
    'cfnet schema') takes=(choice --sandbox -h --help) ;;
    'cfnet render') takes=(choice --from --cell --app --timestamp --format --json --sandbox -h --help) ;;
    'cfnet render:--from') takes=(folder) ;;
    'cfnet render:--cell') takes=(free) ;;
    'cfnet render:--app') takes=(free) ;;
    'cfnet render:--timestamp') takes=(free) ;;
    'cfnet render:--format') takes=(choice rules save) ;;
    'cfnet sandbox') takes=(choice -h --help) ;;
    'cfnet sandbox:1') takes=(command delete push reset scale serve) ;;
    'cfnet sandbox delete') takes=(choice --space --sandbox -h --help) ;;
    'cfnet sandbox delete:--space') takes=(free) ;;
    'cfnet sandbox delete:1') takes=(free) ;;
    'cfnet sandbox push') takes=(choice -i --instances --space --sandbox -h --help) ;;
    'cfnet sandbox push:-i' | 'cfnet sandbox push:--instances') takes=(free) ;;
    'cfnet sandbox push:--space') takes=(free) ;;
    'cfnet sandbox push:1') takes=(free) ;;
    'cfnet sandbox reset') takes=(choice --sandbox -h --help) ;;
    'cfnet sandbox scale') takes=(choice -i --instances --space --sandbox -h --help) ;;
    'cfnet sandbox scale:-i' | 'cfnet sandbox scale:--instances') takes=(free) ;;
    'cfnet sandbox scale:--space') takes=(free) ;;
    'cfnet sandbox scale:1') takes=(free) ;;
    'cfnet sandbox serve') takes=(choice --port --host --sandbox -h --help) ;;
    'cfnet sandbox serve:--port') takes=(free) ;;
    'cfnet sandbox serve:--host') takes=(free) ;;
    'cfnet tour') takes=(choice --pause --sandbox -h --help) ;;
    'cfnet completion') takes=(choice --sandbox -h --help) ;;
    'cfnet completion:1') takes=(choice bash zsh fish) ;;
    'cfnet help') takes=(choice) ;;
    'cfnet help:1') takes=(choice network-policies add-network-policy remove-network-policy validate schema render sandbox tour completion) ;;
    *) return 1 ;;
  esac
}

complete -F _cfnet cfnet
