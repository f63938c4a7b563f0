import { plainReply } from '../booking/replies.ts'
import type { Acted, ActOf } from './acts.ts'
import { type Books, SetAside } from './context.ts'

/** Cards join the club's stock, or are given to another store. A card with two tokens (chip and number) is two keys. */
export function bookStock(books: Books, { id, at, data }: ActOf<'vafa.club.cards-imported.v1'>): Acted {
  const { desk, pepper, shops } = books
  const stranger = data.cards.find(({ store }) => store !== undefined && !shops.has(store))
  if (stranger) throw new SetAside('store.unknown', `store ${stranger.store} is not in the club's configuration`)
  const event = desk.nextEvent()
  for (const { tokens, store } of data.cards) {
    const [card = '', ...more] = tokens.map(pepper.token)
    for (const token of [card, ...more]) desk.put('stock', token, { token, card, batch: data.batch, store, at })
  }
  return { event, reply: plainReply(id, books.programme.version) }
}
