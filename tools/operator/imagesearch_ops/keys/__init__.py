"""Try a key rule on a list of keys, without a cloud.

commands       the options
rules          the rule: of the options or of a deployment
reading        the keys of a file: lines, CSV, JSON lines, or the files of a folder
trial          what the rule makes of a key
shapes         counts keys that look alike, in little memory
suggesting     a template that fits a sample of the keys
twins          keys that share an entry, and keys that only look the same
tally          counts, and examples
testing        puts it together
showing        the same for a person
"""
