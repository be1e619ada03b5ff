# Completion of cfnet for bash. Made by 'cfnet completion bash'; changes will be lost.

# Parse $1 like bash: set `typed` to its complete words, `last` to the last word, `quote` to a quote that is still open.
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

# Reply with the words from $2 on that, after `before`, begin with `last`, in the quotes that the line has opened.
# $1 is the part of the line that remains: bash replaces only what follows the last of COMP_WORDBREAKS.
_cfnet_reply() {
  local word wanted=$last close kept quote typed last
  _cfnet_read "$1"
  kept=${#last}
  for word in "${@:2}"; do
    word=$before$word
    [[ $word == "$wanted"* ]] || continue
    word=${word:kept}
    case $quote in
      \') word=${word//\'/\'\\\'\'} ;;
      \") word=${word//\\/\\\\} word=${word//\"/\\\"} word=${word//\$/\\\$} word=${word//\`/\\\`}
        # A backslash does not prevent history expansion of an exclamation mark there: use the other quotes.
        word=${word//\!/\"\'\!\'\"} ;;
      *) [[ $word ]] && printf -v word %q "$word" ;;
    esac
    # bash closes the quote itself, except after a word that ends with the same quote.
    [[ $quote && $word == *"$quote" ]] && close=$quote || close=''
    COMPREPLY+=("$word$close")
  done
}

# Ask cfnet for values of the kind $1: `takes`. It answers immediately, from a cache.
_cfnet_live() {
  local word program=${typed[0]/#\~\//$HOME/}
  [[ $program == */cfnet ]] || program=cfnet
  takes=()
  while IFS= read -r word; do
    takes+=("$word")
  done < <("$program" __complete "$1" "${typed[@]:1}" 2>/dev/null </dev/null)
  [[ ${#takes[@]} -gt 0 ]]
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
    live) _cfnet_live "${takes[1]}" && _cfnet_reply "$stays" "${takes[@]}" ;;
    folder) compopt -o dirnames 2>/dev/null ;;
    file) compopt -o default 2>/dev/null ;;
  esac
}

# Set `takes` to the values of an option (COMMAND:--option) or an argument (COMMAND:1).
# COMMAND itself takes its options. Fail if there is no such option or argument.
_cfnet_takes() {
  case $1 in
    cfnet) takes=(choice --sandbox -q --quiet -v --verbose --no-wait --debug --version -h --help) ;;
    cfnet:1) takes=(command login auth logout target whoami api network-policies add-network-policy remove-network-policy copy-network-policies validate test lint diff apply export schema render report graph snapshot explain advise trace verify capacity sandbox tour completion man help) ;;
    'cfnet login') takes=(choice -a -o -p -s --skip-ssl-validation --sso --sso-passcode -u --origin --no-keyring -q --quiet -v --verbose --no-wait --debug -h --help) ;;
    'cfnet login:-a') takes=(free) ;;
    'cfnet login:-o') takes=(live org) ;;
    'cfnet login:-p') takes=(free) ;;
    'cfnet login:-s') takes=(live space) ;;
    'cfnet login:--sso-passcode') takes=(free) ;;
    'cfnet login:-u') takes=(free) ;;
    'cfnet login:--origin') takes=(free) ;;
    'cfnet auth') takes=(choice --client-credentials --origin --assertion -a --skip-ssl-validation --no-keyring -q --quiet -v --verbose --no-wait --debug -h --help) ;;
    'cfnet auth:--origin') takes=(free) ;;
    'cfnet auth:--assertion') takes=(free) ;;
    'cfnet auth:-a') takes=(free) ;;
    'cfnet auth:1') takes=(free) ;;
    'cfnet auth:2') takes=(free) ;;
    'cfnet logout') takes=(choice -q --quiet -v --verbose --no-wait --debug -h --help) ;;
    'cfnet target') takes=(choice -o -s --sandbox -q --quiet -v --verbose --no-wait --debug -h --help) ;;
    'cfnet target:-o') takes=(live org) ;;
    'cfnet target:-s') takes=(live space) ;;
    'cfnet whoami') takes=(choice --format --json --sandbox -q --quiet -v --verbose --no-wait --debug -h --help) ;;
    'cfnet whoami:--format') takes=(choice text json) ;;
    'cfnet api') takes=(choice --skip-ssl-validation --unset -q --quiet -v --verbose --no-wait --debug -h --help) ;;
    'cfnet api:1') takes=(free) ;;
    'cfnet network-policies') takes=(choice --source --destination --all --from --format --json --sandbox -q --quiet -v --verbose --no-wait --debug -h --help) ;;
    'cfnet network-policies:--source') takes=(live app) ;;
    'cfnet network-policies:--destination') takes=(live app) ;;
    'cfnet network-policies:--from') takes=(folder) ;;
    'cfnet network-policies:--format') takes=(choice text json) ;;
    'cfnet add-network-policy') takes=(choice --port --protocol -o -s --sandbox -q --quiet -v --verbose --no-wait --debug -h --help) ;;
    'cfnet add-network-policy:--port') takes=(free) ;;
    'cfnet add-network-policy:--protocol') takes=(choice tcp udp) ;;
    'cfnet add-network-policy:-o') takes=(live org) ;;
    'cfnet add-network-policy:-s') takes=(live space) ;;
    'cfnet add-network-policy:1') takes=(live app) ;;
    'cfnet add-network-policy:2') takes=(live destination) ;;
    'cfnet remove-network-policy') takes=(choice --port --protocol -o -s --sandbox -q --quiet -v --verbose --no-wait --debug -h --help) ;;
    'cfnet remove-network-policy:--port') takes=(live port) ;;
    'cfnet remove-network-policy:--protocol') takes=(choice tcp udp) ;;
    'cfnet remove-network-policy:-o') takes=(live org) ;;
    'cfnet remove-network-policy:-s') takes=(live space) ;;
    'cfnet remove-network-policy:1') takes=(live app) ;;
    'cfnet remove-network-policy:2') takes=(live destination) ;;
    'cfnet copy-network-policies') takes=(choice --dry-run --remove-old --force --quota --sandbox -q --quiet -v --verbose --no-wait --debug -h --help) ;;
    'cfnet copy-network-policies:--quota') takes=(free) ;;
    'cfnet copy-network-policies:1') takes=(live app) ;;
    'cfnet copy-network-policies:2') takes=(live app) ;;
    'cfnet validate') takes=(choice -f --file --var --vars-file --format --json --together --exit-zero --debug -h --help) ;;
    'cfnet validate:-f' | 'cfnet validate:--file') takes=(file) ;;
    'cfnet validate:--var') takes=(free) ;;
    'cfnet validate:--vars-file') takes=(file) ;;
    'cfnet validate:--format') takes=(choice text json github sarif junit) ;;
    'cfnet validate:'[0-9]*) takes=(file) ;;
    'cfnet test') takes=(choice -f --file --var --vars-file --allow-missing --as-is --prune --rules --allow-unknown --format --json --exit-zero --from --lrps --store --agent --sandbox -q --quiet -v --verbose --no-wait --debug -h --help) ;;
    'cfnet test:-f' | 'cfnet test:--file') takes=(file) ;;
    'cfnet test:--var') takes=(free) ;;
    'cfnet test:--vars-file') takes=(file) ;;
    'cfnet test:--format') takes=(choice text json github junit sarif markdown) ;;
    'cfnet test:--from') takes=(folder) ;;
    'cfnet test:--lrps') takes=(file) ;;
    'cfnet test:--store') takes=(free) ;;
    'cfnet test:--agent') takes=(file) ;;
    'cfnet test:'[0-9]*) takes=(file) ;;
    'cfnet lint') takes=(choice -f --file --var --vars-file --allow-missing --live --fail-on --format --json --exit-zero --list --from --sandbox -q --quiet -v --verbose --no-wait --debug -h --help) ;;
    'cfnet lint:-f' | 'cfnet lint:--file') takes=(file) ;;
    'cfnet lint:--var') takes=(free) ;;
    'cfnet lint:--vars-file') takes=(file) ;;
    'cfnet lint:--fail-on') takes=(choice notice warning error) ;;
    'cfnet lint:--format') takes=(choice text json github sarif gitlab) ;;
    'cfnet lint:--from') takes=(folder) ;;
    'cfnet lint:'[0-9]*) takes=(file) ;;
    'cfnet diff') takes=(choice -f --file --var --vars-file --allow-missing --rules --prune --format --json --out --force --exit-zero --base --to --from --lrps --store --agent --sandbox -q --quiet -v --verbose --no-wait --debug -h --help) ;;
    'cfnet diff:-f' | 'cfnet diff:--file') takes=(file) ;;
    'cfnet diff:--var') takes=(free) ;;
    'cfnet diff:--vars-file') takes=(file) ;;
    'cfnet diff:--format') takes=(choice text json markdown github) ;;
    'cfnet diff:--out') takes=(file) ;;
    'cfnet diff:--base') takes=(file) ;;
    'cfnet diff:--to') takes=(folder) ;;
    'cfnet diff:--from') takes=(folder) ;;
    'cfnet diff:--lrps') takes=(file) ;;
    'cfnet diff:--store') takes=(free) ;;
    'cfnet diff:--agent') takes=(file) ;;
    'cfnet diff:'[0-9]*) takes=(file) ;;
    'cfnet apply') takes=(choice -f --file --var --vars-file --allow-missing -y --yes --dry-run --prune --force --quota --sandbox -q --quiet -v --verbose --no-wait --debug -h --help) ;;
    'cfnet apply:-f' | 'cfnet apply:--file') takes=(file) ;;
    'cfnet apply:--var') takes=(free) ;;
    'cfnet apply:--vars-file') takes=(file) ;;
    'cfnet apply:--quota') takes=(free) ;;
    'cfnet apply:'[0-9]*) takes=(file) ;;
    'cfnet export') takes=(choice --space --org --all --split --replace --from --sandbox -q --quiet -v --verbose --no-wait --debug -h --help) ;;
    'cfnet export:--space') takes=(live space) ;;
    'cfnet export:--org') takes=(live org) ;;
    'cfnet export:--split') takes=(folder) ;;
    'cfnet export:--from') takes=(folder) ;;
    'cfnet schema') takes=(choice --debug -h --help) ;;
    'cfnet render') takes=(choice --from --lrps --store --agent --cell --app --timestamp --format --json --whole-cell --no-whole-cell --jobs --sandbox -q --quiet -v --verbose --no-wait --debug -h --help) ;;
    'cfnet render:--from') takes=(folder) ;;
    'cfnet render:--lrps') takes=(file) ;;
    'cfnet render:--store') takes=(free) ;;
    'cfnet render:--agent') takes=(file) ;;
    'cfnet render:--cell') takes=(live cell) ;;
    'cfnet render:--app') takes=(live app) ;;
    'cfnet render:--timestamp') takes=(free) ;;
    'cfnet render:--format') takes=(choice rules save json) ;;
    'cfnet render:--jobs') takes=(free) ;;
    'cfnet report') takes=(choice -f --file --var --vars-file --prune --format --quota --from --lrps --store --agent --sandbox -q --quiet -v --verbose --no-wait --debug -h --help) ;;
    'cfnet report:-f' | 'cfnet report:--file') takes=(file) ;;
    'cfnet report:--var') takes=(free) ;;
    'cfnet report:--vars-file') takes=(file) ;;
    'cfnet report:--format') takes=(choice html markdown) ;;
    'cfnet report:--quota') takes=(free) ;;
    'cfnet report:--from') takes=(folder) ;;
    'cfnet report:--lrps') takes=(file) ;;
    'cfnet report:--store') takes=(free) ;;
    'cfnet report:--agent') takes=(file) ;;
    'cfnet report:'[0-9]*) takes=(file) ;;
    'cfnet graph') takes=(choice -f --file --var --vars-file --format --json --level --app --space --direction --depth --prune --from --lrps --store --agent --sandbox -q --quiet -v --verbose --no-wait --debug -h --help) ;;
    'cfnet graph:-f' | 'cfnet graph:--file') takes=(file) ;;
    'cfnet graph:--var') takes=(free) ;;
    'cfnet graph:--vars-file') takes=(file) ;;
    'cfnet graph:--format') takes=(choice matrix list mermaid dot svg html csv json) ;;
    'cfnet graph:--level') takes=(choice app space org) ;;
    'cfnet graph:--app') takes=(live app) ;;
    'cfnet graph:--space') takes=(live space) ;;
    'cfnet graph:--direction') takes=(choice in out) ;;
    'cfnet graph:--depth') takes=(free) ;;
    'cfnet graph:--from') takes=(folder) ;;
    'cfnet graph:--lrps') takes=(file) ;;
    'cfnet graph:--store') takes=(free) ;;
    'cfnet graph:--agent') takes=(file) ;;
    'cfnet graph:'[0-9]*) takes=(file) ;;
    'cfnet snapshot') takes=(choice --space --app --replace --from --lrps --store --agent --sandbox -q --quiet -v --verbose --no-wait --debug -h --help) ;;
    'cfnet snapshot:--space') takes=(live space) ;;
    'cfnet snapshot:--app') takes=(live app) ;;
    'cfnet snapshot:--from') takes=(folder) ;;
    'cfnet snapshot:--lrps') takes=(file) ;;
    'cfnet snapshot:--store') takes=(free) ;;
    'cfnet snapshot:--agent') takes=(file) ;;
    'cfnet snapshot:1') takes=(folder) ;;
    'cfnet explain') takes=(choice --from --summary --format --json --sandbox -q --quiet -v --verbose --no-wait --debug -h --help) ;;
    'cfnet explain:--from') takes=(folder) ;;
    'cfnet explain:--format') takes=(choice text json) ;;
    'cfnet explain:'[0-9]*) takes=(file) ;;
    'cfnet advise') takes=(choice --min-count --unused-after --counters --calls --format --json --into --follow --from --lrps --store --agent --sandbox -q --quiet -v --verbose --no-wait --debug -h --help) ;;
    'cfnet advise:--min-count') takes=(free) ;;
    'cfnet advise:--unused-after') takes=(free) ;;
    'cfnet advise:--counters') takes=(folder) ;;
    'cfnet advise:--format') takes=(choice text json markdown yaml) ;;
    'cfnet advise:--into') takes=(file) ;;
    'cfnet advise:--from') takes=(folder) ;;
    'cfnet advise:--lrps') takes=(file) ;;
    'cfnet advise:--store') takes=(free) ;;
    'cfnet advise:--agent') takes=(file) ;;
    'cfnet advise:'[0-9]*) takes=(file) ;;
    'cfnet trace') takes=(choice --port --protocol --instance --to-instance -f --file --var --vars-file --prune --from --lrps --store --agent --format --json --exit-zero --sandbox -q --quiet -v --verbose --no-wait --debug -h --help) ;;
    'cfnet trace:--port') takes=(free) ;;
    'cfnet trace:--protocol') takes=(choice tcp udp) ;;
    'cfnet trace:--instance') takes=(free) ;;
    'cfnet trace:--to-instance') takes=(free) ;;
    'cfnet trace:-f' | 'cfnet trace:--file') takes=(file) ;;
    'cfnet trace:--var') takes=(free) ;;
    'cfnet trace:--vars-file') takes=(file) ;;
    'cfnet trace:--from') takes=(folder) ;;
    'cfnet trace:--lrps') takes=(file) ;;
    'cfnet trace:--store') takes=(free) ;;
    'cfnet trace:--agent') takes=(file) ;;
    'cfnet trace:--format') takes=(choice text json) ;;
    'cfnet trace:1') takes=(live app) ;;
    'cfnet trace:2') takes=(live app) ;;
    'cfnet trace:'[0-9]*) takes=(file) ;;
    'cfnet verify') takes=(choice --cell --cells --whole-cell --no-whole-cell --from --lrps --store --agent --format --json --exit-zero --sandbox -q --quiet -v --verbose --no-wait --debug -h --help) ;;
    'cfnet verify:--cell') takes=(live cell) ;;
    'cfnet verify:--cells') takes=(folder) ;;
    'cfnet verify:--from') takes=(folder) ;;
    'cfnet verify:--lrps') takes=(file) ;;
    'cfnet verify:--store') takes=(free) ;;
    'cfnet verify:--agent') takes=(file) ;;
    'cfnet verify:--format') takes=(choice text json openmetrics) ;;
    'cfnet verify:1') takes=(file) ;;
    'cfnet capacity') takes=(choice -f --file --var --vars-file --prune --what-if --quota --whole-cell --no-whole-cell --from --lrps --store --agent --top --format --json --sandbox -q --quiet -v --verbose --no-wait --debug -h --help) ;;
    'cfnet capacity:-f' | 'cfnet capacity:--file') takes=(file) ;;
    'cfnet capacity:--var') takes=(free) ;;
    'cfnet capacity:--vars-file') takes=(file) ;;
    'cfnet capacity:--what-if') takes=(free) ;;
    'cfnet capacity:--quota') takes=(free) ;;
    'cfnet capacity:--from') takes=(folder) ;;
    'cfnet capacity:--lrps') takes=(file) ;;
    'cfnet capacity:--store') takes=(free) ;;
    'cfnet capacity:--agent') takes=(file) ;;
    'cfnet capacity:--top') takes=(free) ;;
    'cfnet capacity:--format') takes=(choice text json openmetrics) ;;
    'cfnet capacity:'[0-9]*) takes=(file) ;;
    'cfnet sandbox') takes=(choice -h --help) ;;
    'cfnet sandbox:1') takes=(command curl delete down push reset run scale serve status up watch) ;;
    'cfnet sandbox curl') takes=(choice --debug -h --help) ;;
    'cfnet sandbox curl:1') takes=(live app) ;;
    'cfnet sandbox curl:2') takes=(free) ;;
    'cfnet sandbox delete') takes=(choice --space --debug -h --help) ;;
    'cfnet sandbox delete:--space') takes=(live place) ;;
    'cfnet sandbox delete:1') takes=(live app) ;;
    'cfnet sandbox down') takes=(choice --debug -h --help) ;;
    'cfnet sandbox push') takes=(choice -i --instances --port --space --debug -h --help) ;;
    'cfnet sandbox push:-i' | 'cfnet sandbox push:--instances') takes=(free) ;;
    'cfnet sandbox push:--port') takes=(free) ;;
    'cfnet sandbox push:--space') takes=(live place) ;;
    'cfnet sandbox push:1') takes=(free) ;;
    'cfnet sandbox reset') takes=(choice --debug -h --help) ;;
    'cfnet sandbox run') takes=(choice --debug -h --help) ;;
    'cfnet sandbox run:1') takes=(live inside) ;;
    'cfnet sandbox run:'[0-9]*) takes=(free) ;;
    'cfnet sandbox scale') takes=(choice -i --instances --space --debug -h --help) ;;
    'cfnet sandbox scale:-i' | 'cfnet sandbox scale:--instances') takes=(free) ;;
    'cfnet sandbox scale:--space') takes=(live place) ;;
    'cfnet sandbox scale:1') takes=(live app) ;;
    'cfnet sandbox serve') takes=(choice --port --host -v --verbose --debug -h --help) ;;
    'cfnet sandbox serve:--port') takes=(free) ;;
    'cfnet sandbox serve:--host') takes=(free) ;;
    'cfnet sandbox status') takes=(choice --debug -h --help) ;;
    'cfnet sandbox up') takes=(choice --poll-interval --backend --foreground --debug -h --help) ;;
    'cfnet sandbox up:--poll-interval') takes=(free) ;;
    'cfnet sandbox up:--backend') takes=(choice nft legacy) ;;
    'cfnet sandbox watch') takes=(choice --debug -h --help) ;;
    'cfnet tour') takes=(choice --pause --live -v --verbose --debug -h --help) ;;
    'cfnet completion') takes=(choice --debug -h --help) ;;
    'cfnet completion:1') takes=(choice bash zsh fish) ;;
    'cfnet man') takes=(choice --into --debug -h --help) ;;
    'cfnet man:--into') takes=(folder) ;;
    'cfnet man:1') takes=(choice login auth logout target whoami api network-policies add-network-policy remove-network-policy copy-network-policies validate test lint diff apply export schema render report graph snapshot explain advise trace verify capacity sandbox tour completion man) ;;
    'cfnet help') takes=(choice) ;;
    'cfnet help:1') takes=(choice login auth logout target whoami api network-policies add-network-policy remove-network-policy copy-network-policies validate test lint diff apply export schema render report graph snapshot explain advise trace verify capacity sandbox tour completion man developers pipelines operators document reference troubleshooting security comparison library azure blue-green concourse environment exit-codes expectations github gitlab jenkins limits options session) ;;
    *) return 1 ;;
  esac
}

complete -F _cfnet cfnet
