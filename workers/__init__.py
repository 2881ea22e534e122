"""The processes behind the web: `jobs` carries effects out, `clock` finds what is due. Both are thin: each calls an action."""
