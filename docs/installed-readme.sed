# Makes the README that is installed: its links lead to where the pages are then, below share/doc/sockecho. The names of
# headers and examples, which are in other places then, become plain text.
s|\[docs/\([^]]*\)\](docs/\([^)]*\))|[\1](\2)|g
s|](docs/|](|g
s|\[\([^]]*\)\](include/[^)]*)|`\1`|g
s|`include/|`|g
s|\[\([^]]*\)\](examples/[^)]*)|`\1`|g
