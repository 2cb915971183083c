"""Write the generated parts of the documents."""

import sys
from pathlib import Path

from documentation.generated import generated_pages

for path, text in generated_pages(Path(sys.argv[1])):
    path.write_text(text, encoding="utf-8")
