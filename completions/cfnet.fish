# Completion of cfnet for fish. Made by 'cfnet completion fish'; changes will be lost.

# Whether the words so far call the command $argv[1], and, with $argv[2], the next one is its argument of that number.
function __cfnet_at
    set -l words (commandline -opc)
    set -l path cfnet
    set -l number 1
    set -l option ''
    for word in $words[2..-1]
        if test -n "$option"
            set option ''
        else if string match -qr -- '^-.' $word
            contains -- "$path:$word" $__cfnet_valued; and set option $word
        else if contains -- $path $__cfnet_groups
            set path "$path $word"
        else
            set number (math $number + 1)
        end
    end
    test "$path" = "$argv[1]"; or return 1
    test (count $argv) = 1; or test $number = "$argv[2]"; or test "$argv[2]" = any
end

# Options that are followed by a value, and commands that are followed by another.
set -g __cfnet_valued 'cfnet network-policies:--source' 'cfnet network-policies:--destination' 'cfnet add-network-policy:--port' 'cfnet add-network-policy:--protocol' 'cfnet add-network-policy:-o' 'cfnet add-network-policy:-s' 'cfnet remove-network-policy:--port' 'cfnet remove-network-policy:--protocol' 'cfnet remove-network-policy:-o' 'cfnet remove-network-policy:-s' 'cfnet validate:--var' 'cfnet validate:--vars-file' 'cfnet validate:--format' 'cfnet render:--from' 'cfnet render:--cell' 'cfnet render:--app' 'cfnet render:--timestamp' 'cfnet render:--format' 'cfnet sandbox delete:--space' 'cfnet sandbox push:-i' 'cfnet sandbox push:--instances' 'cfnet sandbox push:--space' 'cfnet sandbox scale:-i' 'cfnet sandbox scale:--instances' 'cfnet sandbox scale:--space' 'cfnet sandbox serve:--port' 'cfnet sandbox serve:--host'
set -g __cfnet_groups 'cfnet' 'cfnet sandbox'

complete -c cfnet -f
complete -c cfnet -n "__cfnet_at 'cfnet' 1" -k -a 'help' -d 'Show the help, of one command or of all'
complete -c cfnet -n "__cfnet_at 'cfnet' 1" -k -a 'completion' -d 'Print the completion script of a shell'
complete -c cfnet -n "__cfnet_at 'cfnet' 1" -k -a 'tour' -d 'Walk through policies and their rules on the sandbox'
complete -c cfnet -n "__cfnet_at 'cfnet' 1" -k -a 'sandbox' -d 'Run and change the embedded foundation'
complete -c cfnet -n "__cfnet_at 'cfnet' 1" -k -a 'render' -d 'Show the iptables rules that each cell would get'
complete -c cfnet -n "__cfnet_at 'cfnet' 1" -k -a 'schema' -d 'Print the JSON Schema of policy documents, for editors'
complete -c cfnet -n "__cfnet_at 'cfnet' 1" -k -a 'validate' -d 'Check policy documents, offline'
complete -c cfnet -n "__cfnet_at 'cfnet' 1" -k -a 'remove-network-policy' -d 'Remove network traffic policy of an app'
complete -c cfnet -n "__cfnet_at 'cfnet' 1" -k -a 'add-network-policy' -d 'Create policy to allow direct network traffic from one app to another'
complete -c cfnet -n "__cfnet_at 'cfnet' 1" -k -a 'network-policies' -d 'List direct network traffic policies'
complete -c cfnet -n "__cfnet_at 'cfnet'" -l sandbox -d 'Work on the embedded foundation (also: CFNET_SANDBOX=1)'
complete -c cfnet -n "__cfnet_at 'cfnet'" -s v -l verbose -d 'Show requests and responses, without their secrets'
complete -c cfnet -n "__cfnet_at 'cfnet'" -l debug -d 'Show a fault of cfnet\'s own with its traceback'
complete -c cfnet -n "__cfnet_at 'cfnet'" -l version -d 'Show the version'
complete -c cfnet -n "__cfnet_at 'cfnet'" -s h -l help -d 'Show the help'
complete -c cfnet -n "__cfnet_at 'cfnet network-policies'" -l source -x -d 'Source app to filter results by'
complete -c cfnet -n "__cfnet_at 'cfnet network-policies'" -l destination -x -d 'Destination app to filter results by, whatever space the source is in'
complete -c cfnet -n "__cfnet_at 'cfnet network-policies'" -l all -d 'Policies of every space that you can see'
complete -c cfnet -n "__cfnet_at 'cfnet network-policies'" -l json -d 'The policies as JSON, for programs'
complete -c cfnet -n "__cfnet_at 'cfnet network-policies'" -l sandbox -d 'Work on the embedded foundation'
complete -c cfnet -n "__cfnet_at 'cfnet network-policies'" -s v -d 'Show requests and responses, without their secrets'
complete -c cfnet -n "__cfnet_at 'cfnet network-policies'" -s h -l help -d 'Show the help'
complete -c cfnet -n "__cfnet_at 'cfnet add-network-policy'" -l port -x -d 'Port or range of ports for connection to destination app (Default: 8080)'
complete -c cfnet -n "__cfnet_at 'cfnet add-network-policy'" -l protocol -x -a 'tcp udp' -d 'Protocol to connect apps with (Default: tcp)'
complete -c cfnet -n "__cfnet_at 'cfnet add-network-policy'" -s o -x -d 'The org of the destination app (Default: targeted org)'
complete -c cfnet -n "__cfnet_at 'cfnet add-network-policy'" -s s -x -d 'The space of the destination app (Default: targeted space)'
complete -c cfnet -n "__cfnet_at 'cfnet add-network-policy'" -l sandbox -d 'Work on the embedded foundation'
complete -c cfnet -n "__cfnet_at 'cfnet add-network-policy'" -s v -d 'Show requests and responses, without their secrets'
complete -c cfnet -n "__cfnet_at 'cfnet add-network-policy'" -s h -l help -d 'Show the help'
complete -c cfnet -n "__cfnet_at 'cfnet remove-network-policy'" -l port -x -d 'Port or range of ports that destination app is connected with'
complete -c cfnet -n "__cfnet_at 'cfnet remove-network-policy'" -l protocol -x -a 'tcp udp' -d 'Protocol that apps are connected with'
complete -c cfnet -n "__cfnet_at 'cfnet remove-network-policy'" -s o -x -d 'The org of the destination app (Default: targeted org)'
complete -c cfnet -n "__cfnet_at 'cfnet remove-network-policy'" -s s -x -d 'The space of the destination app (Default: targeted space)'
complete -c cfnet -n "__cfnet_at 'cfnet remove-network-policy'" -l sandbox -d 'Work on the embedded foundation'
complete -c cfnet -n "__cfnet_at 'cfnet remove-network-policy'" -s v -d 'Show requests and responses, without their secrets'
complete -c cfnet -n "__cfnet_at 'cfnet remove-network-policy'" -s h -l help -d 'Show the help'
complete -c cfnet -n "__cfnet_at 'cfnet validate' any" -F
complete -c cfnet -n "__cfnet_at 'cfnet validate'" -l var -x -d 'A value for ((NAME)); may be repeated; wins over --vars-file, and that over CFNET_VAR_NAME'
complete -c cfnet -n "__cfnet_at 'cfnet validate'" -l vars-file -r -F -d 'YAML of names and values for ((name)); may be repeated, the last value of a name wins'
complete -c cfnet -n "__cfnet_at 'cfnet validate'" -l format -x -a 'text json github sarif junit' -d 'How faults are told: for people, for programs, as annotations of a GitHub workflow, as SARIF 2.1.0, as JUnit XML  [default: text]'
complete -c cfnet -n "__cfnet_at 'cfnet validate'" -l json -d 'As --format json'
complete -c cfnet -n "__cfnet_at 'cfnet validate'" -l exit-zero -d 'Exit 0 also where there are faults'
complete -c cfnet -n "__cfnet_at 'cfnet validate'" -l sandbox -d 'Work on the embedded foundation'
complete -c cfnet -n "__cfnet_at 'cfnet validate'" -s h -l help -d 'Show the help'
complete -c cfnet -n "__cfnet_at 'cfnet schema'" -l sandbox -d 'Work on the embedded foundation'
complete -c cfnet -n "__cfnet_at 'cfnet schema'" -s h -l help -d 'Show the help'
complete -c cfnet -n "__cfnet_at 'cfnet render'" -l from -x -a '(__fish_complete_directories (commandline -ct))' -d 'A snapshot to read (see below)'
complete -c cfnet -n "__cfnet_at 'cfnet render'" -l cell -x -d 'Only this cell; may be repeated'
complete -c cfnet -n "__cfnet_at 'cfnet render'" -l app -x -d 'Only rules about this app: name, ORG/SPACE/APP or GUID'
complete -c cfnet -n "__cfnet_at 'cfnet render'" -l timestamp -x -d 'Name the chain vpa--N; without it, vpa--preview'
complete -c cfnet -n "__cfnet_at 'cfnet render'" -l format -x -a 'rules save' -d 'As \'iptables -S\' prints them (rules), or as iptables-restore loads them (save)  [default: rules]'
complete -c cfnet -n "__cfnet_at 'cfnet render'" -l json -d 'Each rule taken apart, as JSON, for programs'
complete -c cfnet -n "__cfnet_at 'cfnet render'" -l sandbox -d 'Work on the embedded foundation'
complete -c cfnet -n "__cfnet_at 'cfnet render'" -s h -l help -d 'Show the help'
complete -c cfnet -n "__cfnet_at 'cfnet sandbox' 1" -k -a 'serve' -d 'Serve it over HTTP, for cf, curl or another cfnet'
complete -c cfnet -n "__cfnet_at 'cfnet sandbox' 1" -k -a 'scale' -d 'Run an app in more or fewer instances'
complete -c cfnet -n "__cfnet_at 'cfnet sandbox' 1" -k -a 'reset' -d 'Make it as it was on the first day'
complete -c cfnet -n "__cfnet_at 'cfnet sandbox' 1" -k -a 'push' -d 'Deploy a new app'
complete -c cfnet -n "__cfnet_at 'cfnet sandbox' 1" -k -a 'delete' -d 'Delete an app'
complete -c cfnet -n "__cfnet_at 'cfnet sandbox'" -s h -l help -d 'Show the help'
complete -c cfnet -n "__cfnet_at 'cfnet sandbox delete'" -l space -x -d 'The app\'s space'
complete -c cfnet -n "__cfnet_at 'cfnet sandbox delete'" -l sandbox -d 'Work on the embedded foundation'
complete -c cfnet -n "__cfnet_at 'cfnet sandbox delete'" -s h -l help -d 'Show the help'
complete -c cfnet -n "__cfnet_at 'cfnet sandbox push'" -s i -l instances -x -d 'How many containers'
complete -c cfnet -n "__cfnet_at 'cfnet sandbox push'" -l space -x -d 'The app\'s space'
complete -c cfnet -n "__cfnet_at 'cfnet sandbox push'" -l sandbox -d 'Work on the embedded foundation'
complete -c cfnet -n "__cfnet_at 'cfnet sandbox push'" -s h -l help -d 'Show the help'
complete -c cfnet -n "__cfnet_at 'cfnet sandbox reset'" -l sandbox -d 'Work on the embedded foundation'
complete -c cfnet -n "__cfnet_at 'cfnet sandbox reset'" -s h -l help -d 'Show the help'
complete -c cfnet -n "__cfnet_at 'cfnet sandbox scale'" -s i -l instances -x -d 'How many containers'
complete -c cfnet -n "__cfnet_at 'cfnet sandbox scale'" -l space -x -d 'The app\'s space'
complete -c cfnet -n "__cfnet_at 'cfnet sandbox scale'" -l sandbox -d 'Work on the embedded foundation'
complete -c cfnet -n "__cfnet_at 'cfnet sandbox scale'" -s h -l help -d 'Show the help'
complete -c cfnet -n "__cfnet_at 'cfnet sandbox serve'" -l port -x -d '0: any'
complete -c cfnet -n "__cfnet_at 'cfnet sandbox serve'" -l host -x -d 'The address to listen at'
complete -c cfnet -n "__cfnet_at 'cfnet sandbox serve'" -l sandbox -d 'Work on the embedded foundation'
complete -c cfnet -n "__cfnet_at 'cfnet sandbox serve'" -s h -l help -d 'Show the help'
complete -c cfnet -n "__cfnet_at 'cfnet tour'" -l pause -d 'Wait for Enter between the steps'
complete -c cfnet -n "__cfnet_at 'cfnet tour'" -l sandbox -d 'Work on the embedded foundation'
complete -c cfnet -n "__cfnet_at 'cfnet tour'" -s h -l help -d 'Show the help'
complete -c cfnet -n "__cfnet_at 'cfnet completion' 1" -k -a 'fish'
complete -c cfnet -n "__cfnet_at 'cfnet completion' 1" -k -a 'zsh'
complete -c cfnet -n "__cfnet_at 'cfnet completion' 1" -k -a 'bash'
complete -c cfnet -n "__cfnet_at 'cfnet completion'" -l sandbox -d 'Work on the embedded foundation'
complete -c cfnet -n "__cfnet_at 'cfnet completion'" -s h -l help -d 'Show the help'
complete -c cfnet -n "__cfnet_at 'cfnet help' 1" -k -a 'completion' -d 'Print the completion script of a shell'
complete -c cfnet -n "__cfnet_at 'cfnet help' 1" -k -a 'tour' -d 'Walk through policies and their rules on the sandbox'
complete -c cfnet -n "__cfnet_at 'cfnet help' 1" -k -a 'sandbox' -d 'Run and change the embedded foundation'
complete -c cfnet -n "__cfnet_at 'cfnet help' 1" -k -a 'render' -d 'Show the iptables rules that each cell would get'
complete -c cfnet -n "__cfnet_at 'cfnet help' 1" -k -a 'schema' -d 'Print the JSON Schema of policy documents, for editors'
complete -c cfnet -n "__cfnet_at 'cfnet help' 1" -k -a 'validate' -d 'Check policy documents, offline'
complete -c cfnet -n "__cfnet_at 'cfnet help' 1" -k -a 'remove-network-policy' -d 'Remove network traffic policy of an app'
complete -c cfnet -n "__cfnet_at 'cfnet help' 1" -k -a 'add-network-policy' -d 'Create policy to allow direct network traffic from one app to another'
complete -c cfnet -n "__cfnet_at 'cfnet help' 1" -k -a 'network-policies' -d 'List direct network traffic policies'
