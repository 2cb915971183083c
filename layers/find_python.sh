#!/bin/sh
# Prints the path of the interpreter of a minor version (such as 3.13), or says loudly that there is none.
beside_pyenv="$(dirname "$(command -v pyenv)" 2>/dev/null)/.." # where the home folder is another one than at its installation
for python in "python$1" "$(pyenv root 2>/dev/null)/versions/$1".*/bin/python "$beside_pyenv/versions/$1".*/bin/python; do
	# Tried, not only found: pyenv puts a python3.13 on PATH that fails unless its version is the one selected.
	"$python" -I -c 'import sys
sys.exit("%d.%d" % sys.version_info[:2] != sys.argv[1] or print(sys.executable))' "$1" 2>/dev/null && exit
done
echo "python$1 is needed, and is neither on PATH nor among pyenv's versions: byte-code has to be compiled by the" \
	"minor version that runs it. Install it (pyenv install $1), or put it on PATH." >&2
exit 2
