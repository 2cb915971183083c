#!/bin/sh
# Print the path of the interpreter of a minor version (such as 3.13), or an error if it is not installed.
beside_pyenv="$(dirname "$(command -v pyenv)" 2>/dev/null)/.." # if the home folder has moved since pyenv was installed
for python in "python$1" "$(pyenv root 2>/dev/null)/versions/$1".*/bin/python "$beside_pyenv/versions/$1".*/bin/python; do
	# Run the interpreter: the python3.13 that pyenv puts on PATH fails unless this version is selected.
	"$python" -I -c 'import sys
sys.exit("%d.%d" % sys.version_info[:2] != sys.argv[1] or print(sys.executable))' "$1" 2>/dev/null && exit
done
echo "python$1 is needed to compile byte-code for the function, but is neither on PATH nor installed by pyenv." \
	"Install it with 'pyenv install $1', or put it on PATH." >&2
exit 2
