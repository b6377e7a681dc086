#!/usr/bin/python3
"""A window in the lower right corner from which a file can be dragged, as from a file manager.

    drag-source.py FILE    stays until it is killed
    drag-source.py --try   tells by its exit code whether it would work

It needs the Debian packages python3-gi and gir1.2-gtk-3.0.
"""

import pathlib
import sys

try:
    import gi

    gi.require_version("Gdk", "3.0")
    gi.require_version("Gtk", "3.0")
    from gi.repository import Gdk, Gtk
except (ImportError, ValueError) as error:
    sys.exit(f"drag-source: {error}")
if sys.argv[1] == "--try":
    sys.exit(0)

address = pathlib.Path(sys.argv[1]).resolve().as_uri()
source = Gtk.EventBox()
source.add(Gtk.Label(label="A file"))
source.drag_source_set(Gdk.ModifierType.BUTTON1_MASK, [], Gdk.DragAction.COPY)
source.drag_source_add_uri_targets()
source.connect("drag-data-get", lambda _source, _context, data, _info, _time: data.set_uris([address]))
window = Gtk.Window(title="Files")
window.set_default_size(120, 80)
window.add(source)
window.show_all()
window.move(820, 560)
Gtk.main()
