"""`scgc report`: runs as one HTML page that needs nothing else, no network and no other file.

`reading.py` reads their directories, `curves.py` and `drawing.py` make pictures of them, `page.py` the page,
with `page.css` and `page.js` in it. No torch.
"""
