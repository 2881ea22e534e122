"""What can happen, one function each: the only place where the core meets the store, the carrier and the queue.

`callers` what a caller does · `coordinators` what a paged person does · `sending` what goes out · `bundles` a call that stands
for several messages · `paging` what time brings, and receipts · `desk` what a dispatcher sees and does.
"""
