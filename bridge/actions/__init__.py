"""What can happen, one function each: the only place where the core meets the store, the carrier and the queue.

`callers` what a caller does · `coordinators` what a paged person does · `paging` what goes out, and what time brings ·
`desk` what a dispatcher sees and does.
"""
