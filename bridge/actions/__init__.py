"""What can happen, one function each: the only place where the core meets the store, the carrier and the queue.

`callers` what a caller does · `coordinators` what a paged person does · `sending` what goes out · `bundles` a call that stands
for several messages · `paging` what time brings, and receipts · `desk` what a dispatcher sees and does · `plan` what they see
of the rota · `rota`, `swaps` the rota by text · `changes` how it changes · `reachable` whose telephone is reached · `notices`
what belongs to no request, `notes` how it is made · `watch` what the clock looks for in the rota.
"""
