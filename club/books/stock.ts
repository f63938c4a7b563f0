import type { Sealed } from '#protocol/messages.ts'
import { plainReply } from '../booking/replies.ts'
import type { Acted, ActOf } from './acts.ts'
import { keyRing } from './card-keys.ts'
import { type Books, SetAside } from './context.ts'

/** Cards join the club's stock, or are given to another store. A card with two tokens (chip and number) is two keys. */
export function bookStock(books: Books, { id, at, data }: ActOf<'vafa.club.cards-imported.v1'>): Acted {
  const { desk, pepper, shops } = books
  const stranger = data.cards.find(({ store }) => store !== undefined && !shops.has(store))
  if (stranger) throw new SetAside('store.unknown', `store ${stranger.store} is not in the club's configuration`)
  if (data.keys) addKeys(books, data.batch, data.keys)
  const event = desk.nextEvent()
  for (const { tokens, store } of data.cards) {
    const [card = '', ...more] = tokens.map(pepper.token)
    for (const token of [card, ...more]) desk.put('stock', token, { token, card, batch: data.batch, store, at })
  }
  return { event, reply: plainReply(id, books.programme.version) }
}

/** A batch's later keys take the place of its earlier ones. */
function addKeys({ desk }: Books, batch: string, sealed: Sealed): void {
  const others = (desk.get('cardkeys', keyRing)?.batches ?? []).filter((one) => one.batch !== batch)
  desk.put('cardkeys', keyRing, { ring: keyRing, batches: [...others, { batch, sealed }] })
}
