# SPDX-License-Identifier: MIT
# Completion of mcp's command line for fish.

set -l attributes mode ownership timestamps links context xattr all

# What stands behind the name of a long option, which fish leaves in front.
function __fish_mcp_value
    commandline -ct | string replace -r '^--[^=]*=' ''
end

complete -c mcp -s a -l archive -d 'Keep all that can be kept'
complete -c mcp -l attributes-only -d 'Copy attributes, and no data'
complete -c mcp -l backup -f -d 'Rename what is replaced' -a 'none off numbered t existing nil simple never'
complete -c mcp -s b -d '--backup, as the environment says'
complete -c mcp -l copy-contents -d 'With -r, read FIFOs and devices'
complete -c mcp -l debug -d 'Say how each file is copied'
complete -c mcp -s d -d '-P --preserve=links'
complete -c mcp -s f -l force -d 'Replace what cannot be opened'
complete -c mcp -s i -l interactive -d 'Ask before overwriting'
complete -c mcp -s H -d 'Follow symbolic links that are operands'
complete -c mcp -l keep-directory-symlink -d 'Copy into directories through symbolic links'
complete -c mcp -s l -l link -d 'Make hard links'
complete -c mcp -s L -l dereference -d 'Follow all symbolic links'
complete -c mcp -s n -l no-clobber -d 'Leave existing files alone'
complete -c mcp -s P -l no-dereference -d 'Copy symbolic links themselves'
complete -c mcp -s p -d '--preserve=mode,ownership,timestamps'
complete -c mcp -l preserve -f -d 'Keep attributes' -a "(__fish_append , $attributes)"
complete -c mcp -l no-preserve -x -d 'Do not keep attributes' -a "(__fish_append , $attributes)"
complete -c mcp -l parents -d 'Use the whole name of each source'
complete -c mcp -s r -l recursive -d 'Copy directories'
complete -c mcp -s R -d 'Copy directories'
complete -c mcp -l reflink -f -d 'Share blocks' -a 'auto always never'
complete -c mcp -l remove-destination -d 'Remove existing files first'
complete -c mcp -l sparse -x -d 'Keep, make or fill holes' -a 'auto always never'
complete -c mcp -l strip-trailing-slashes -d 'Take slashes off the end of each source'
complete -c mcp -s S -l suffix -x -d 'Suffix of simple backups'
complete -c mcp -s s -l symbolic-link -d 'Make symbolic links'
complete -c mcp -s t -l target-directory -x -d 'Copy into a directory' -a '(__fish_complete_directories (__fish_mcp_value) "")'
complete -c mcp -s T -l no-target-directory -d 'The destination is no directory'
complete -c mcp -s u -d '--update=older'
complete -c mcp -l update -f -d 'Overwrite existing files' -a 'all none none-fail older'
complete -c mcp -s v -l verbose -d 'Say what is copied where'
complete -c mcp -s x -l one-file-system -d 'Stay on one file system'
complete -c mcp -s Z -d 'Accepted for SELinux'
complete -c mcp -l context -f -d 'The same'
complete -c mcp -l help -d 'Show the options and exit'
complete -c mcp -l version -d 'Show the version and exit'
complete -c mcp -s j -l jobs -x -d 'Worker processes'
complete -c mcp -l chunk-size -x -d 'Split large files into pieces'
complete -c mcp -l fsync -d 'End only when all is on the disk'
complete -c mcp -l engine -x -d 'Move the bytes by' -a 'auto mmap rw cfr clone direct'
complete -c mcp -s g -d 'Show how far it is'
complete -c mcp -l progress -f -d 'Show how far it is' -a 'auto always never'
complete -c mcp -s q -l quiet -d 'No progress, no warnings'
complete -c mcp -l stats -f -d 'Tell at the end what was done' -a 'text json'
complete -c mcp -l status -r -F -d 'Tell programs what is being done'
complete -c mcp -l status-files -d 'Tell of each file, too'
complete -c mcp -l watch -r -F -d 'Show the progress of another copy'
