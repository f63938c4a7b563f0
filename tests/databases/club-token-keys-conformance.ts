import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Credential } from '#protocol/credentials.ts'
import type { Reply } from '#protocol/reply.ts'
import { booksOnTrial, type OpenBooks } from './books-on-trial.ts'
import { hour, start } from './club-messages.ts'
import { actOf } from './club-people-conformance.ts'
import { storeSettings } from './store-settings.ts'

const tokenBy = (keyid: string, name: string) => createHmac('sha256', keyid).update(name).digest('base64url')
/** As a box tells it that has only this key. */
const alone = (keyid: string, name: string): Credential => ({ kind: 'nfc-uid', keyid, token: tokenBy(keyid, name) })
/** As one tells it that exchanges the key before for this one. */
const both = (keyid: string, name: string, before: string): Credential => ({
  ...alone(keyid, name),
  earlier: { keyid: before, token: tokenBy(before, name) },
})

/** What every store of the club's books must do while the key for tokens is exchanged. */
export function clubTokenKeysConformance(name: string, open: OpenBooks) {
  describe(`the exchange of the key for tokens in ${name}`, () => {
    const books = booksOnTrial(open, storeSettings)
    const { take, takeOne, ask } = books
    const tap = (credential: Credential) => ask(books.box.request('vafa.credential.presented.v1', { credential }))
    const enrolWith = async (...credentials: Credential[]): Promise<string> => {
      const { member } = await takeOne(
        books.box.fact('vafa.member.enrolled.v1', { memberid: books.box.nextId(), credentials, consents: [] }),
      )
      if (!member) throw new Error('not enrolled')
      return member.memberid
    }
    const buy = (member: Credential, at = start) => takeOne(books.box.sale({ total: 1_000, member }, at))

    it('a card is found by either key, moves when it is in a sale, and both find it after, also over a restart', async () => {
      const memberid = await enrolWith(alone('k1', 'sara'))
      const found = { status: 'accepted', member: { memberid } }
      expect(await tap(both('k2', 'sara', 'k1'))).toMatchObject(found)
      expect(await buy(both('k2', 'sara', 'k1'))).toMatchObject(found)
      await books.reopen()
      for (const shown of [both('k2', 'sara', 'k1'), alone('k2', 'sara'), alone('k1', 'sara')]) {
        expect(await tap(shown)).toMatchObject(found)
        expect(await buy(shown)).toMatchObject(found)
      }
      const [sara] = await books.store.members()
      expect(await books.store.person(sara?.number ?? '')).toMatchObject({ credentials: [{ kind: 'nfc-uid', keyid: 'k2' }] })
      await books.balanced()
    })

    it('a card that was only asked about stays where it is; what was not seen is not found by the new key alone', async () => {
      await enrolWith(alone('k1', 'sara'))
      expect(await tap(both('k2', 'sara', 'k1'))).toMatchObject({ status: 'accepted' })
      expect(await tap(alone('k2', 'sara'))).toMatchObject({ status: 'declined', error: { key: 'credential.unknown' } })
    })

    it('a card that was given out by the new key is known in a store that has only the earlier one', async () => {
      const memberid = await enrolWith(both('k2', 'mina', 'k1'))
      expect(await buy(alone('k1', 'mina'))).toMatchObject({ member: { memberid } })
      expect(
        await takeOne(
          books.box.fact('vafa.card.linked.v1', {
            memberid: await enrolWith(alone('k1', 'other')),
            credential: alone('k1', 'mina'),
          }),
        ),
      ).toMatchObject({
        error: { key: 'card.taken' },
      })
    })

    it('a blocked card is blocked by both, whichever box blocks it', async () => {
      await enrolWith(alone('k1', 'sara'))
      await enrolWith(alone('k1', 'mina'))
      await take(books.box.fact('vafa.card.blocked.v1', { credential: both('k2', 'sara', 'k1'), reason: 'lost' }, start - hour))
      await buy(both('k2', 'mina', 'k1'))
      await take(books.box.fact('vafa.card.blocked.v1', { credential: alone('k1', 'mina'), reason: 'lost' }, start - hour))
      for (const who of ['sara', 'mina'])
        for (const shown of [both('k2', who, 'k1'), alone('k2', who), alone('k1', who)])
          expect(await tap(shown), `${who} ${shown.keyid}`).toMatchObject({ error: { key: 'card.blocked' } })
    })

    it('a second exchange later: a store that was away during the first one still knows its customers', async () => {
      const memberid = await enrolWith(alone('k1', 'sara'))
      await buy(both('k2', 'sara', 'k1'))
      await buy(both('k3', 'sara', 'k2'))
      for (const keyid of ['k1', 'k2', 'k3']) expect(await buy(alone(keyid, 'sara'))).toMatchObject({ member: { memberid } })
    })

    it('who asks to be forgotten is, by every key', async () => {
      const memberid = await enrolWith(alone('k1', 'sara'))
      await buy(both('k2', 'sara', 'k1'))
      await take(books.box.fact('vafa.member.erased.v1', { memberid }))
      for (const shown of [both('k2', 'sara', 'k1'), alone('k2', 'sara'), alone('k1', 'sara')])
        expect(await tap(shown)).toMatchObject({ error: { key: 'credential.unknown' } })
    })

    it('members that are joined keep cards that have moved', async () => {
      await enrolWith(alone('k1', 'sara'))
      const memberid = await enrolWith(alone('k1', 'mina'))
      await buy(both('k2', 'sara', 'k1'))
      const [sara, mina] = await books.store.members()
      await books.store.act([actOf('vafa.club.members-merged.v1', { keep: mina?.number ?? '', drop: sara?.number ?? '' })])
      for (const shown of [alone('k2', 'sara'), alone('k1', 'sara'), alone('k1', 'mina')])
        expect(await tap(shown)).toMatchObject({ member: { memberid } })
    })
  })

  describe(`a key for tokens that was retired in ${name}`, () => {
    const books = booksOnTrial(open, { ...storeSettings, retiredKeys: { k1: new Date(start).toISOString() } })
    const { takeOne, ask, box } = { ...books, box: () => books.box }
    const before = start - hour
    const none = { error: { key: 'credential.key-retired' } }
    const enrol = async (credential: Credential, at: number): Promise<Reply> =>
      takeOne(box().fact('vafa.member.enrolled.v1', { memberid: box().nextId(), credentials: [credential], consents: [] }, at))
    const buy = (member: Credential, at = start) => takeOne(box().sale({ total: 1_000, member }, at))
    const tap = (credential: Credential) => ask(box().request('vafa.credential.presented.v1', { credential }))

    it('finds nobody, whatever a message calls it and beside whatever new token it stands; what happened before counts', async () => {
      const { member: sara } = await enrol(alone('k1', 'sara'), before)
      await enrol(alone('k1', 'left'), before)
      await buy(both('k2', 'sara', 'k1'), before)
      const memberid = sara?.memberid ?? ''
      const thiefs: Credential = { ...alone('k2', 'thief'), earlier: { keyid: 'k1', token: tokenBy('k1', 'left') } }
      for (const shown of [
        alone('k1', 'sara'),
        { ...alone('k1', 'sara'), keyid: 'k2' },
        alone('k1', 'left'),
        thiefs,
        alone('k1', 'stranger'),
      ]) {
        expect(await tap(shown)).toMatchObject({ status: 'declined', ...none })
        const sold = await buy(shown)
        expect(sold).toMatchObject({ status: 'accepted', ...none })
        expect(sold.member).toBeUndefined()
      }
      expect(await buy(alone('k2', 'thief'))).toMatchObject({ error: { key: 'credential.unknown' } })
      expect((await enrol(alone('k1', 'fresh'), start)).status).toBe('quarantined')
      expect(await takeOne(box().fact('vafa.card.linked.v1', { memberid, credential: alone('k1', 'fresh') }))).toMatchObject(none)
      const swapped = { old: alone('k1', 'sara'), new: alone('k2', 'thief') }
      expect(await takeOne(box().fact('vafa.card.replaced.v1', swapped))).toMatchObject({ status: 'quarantined', ...none })

      expect(await tap(both('k2', 'sara', 'k1'))).toMatchObject({ member: { memberid } })
      expect(await buy(alone('k1', 'sara'), before)).toMatchObject({ member: { memberid } })
      await books.balanced()
    })

    it('still blocks what is lost: a store that was away says so with the key that it has', async () => {
      await enrol(both('k2', 'sara', 'k1'), before)
      await takeOne(box().fact('vafa.card.blocked.v1', { credential: alone('k1', 'sara'), reason: 'lost' }))
      expect(await tap(alone('k2', 'sara'))).toMatchObject({ error: { key: 'card.blocked' } })
    })

    it('finds nobody from the instant on at which head office retires it', async () => {
      await enrol(both('k3', 'mina', 'k2'), before)
      expect(await tap(alone('k2', 'mina'))).toMatchObject({ status: 'accepted' })
      const act = actOf('vafa.club.token-keys-changed.v1', { keyid: 'k2', step: 'retired' })
      await books.store.act([{ ...act, at: new Date(start).toISOString() }])
      expect(await tap(alone('k2', 'mina'))).toMatchObject(none)
      expect(await tap(alone('k3', 'mina'))).toMatchObject({ status: 'accepted' })
    })
  })

  describe(`cards of the club’s own stock in ${name}`, () => {
    const books = booksOnTrial(open, { ...storeSettings, cards: 'stock' })

    it('are known by the earlier key until they are given out, and then by both', async () => {
      await books.store.act([
        actOf('vafa.club.cards-imported.v1', { batch: 'b', cards: [{ tokens: [tokenBy('k1', 'one')], store: 's1' }] }),
      ])
      const enrol = (credential: Credential) =>
        books.takeOne(
          books.box.fact('vafa.member.enrolled.v1', { memberid: books.box.nextId(), credentials: [credential], consents: [] }),
        )
      expect(await enrol(both('k2', 'strange', 'k1'))).toMatchObject({ error: { key: 'card.foreign' } })
      const { member } = await enrol(both('k2', 'one', 'k1'))
      expect(member).toBeDefined()
      for (const shown of [both('k2', 'one', 'k1'), alone('k2', 'one'), alone('k1', 'one')])
        expect(await books.takeOne(books.box.sale({ total: 1_000, member: shown }))).toMatchObject({
          member: { memberid: member?.memberid },
        })
    })
  })
}
