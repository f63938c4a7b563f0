import { describe, expect, it } from 'vitest'
import { fieldsOf, type ReceiptDocument } from '#protocol/receipt.ts'
import { referenceQr } from '#protocol/reference.ts'
import type { Reply } from '#protocol/reply.ts'
import { booksOnTrial, type OpenBooks } from './books-on-trial.ts'
import { arrivalOf, card, createBox, hour, repliesOf, start } from './club-messages.ts'
import { storeSettings } from './store-settings.ts'

const receiptOf = ({ receipt }: Reply): ReceiptDocument =>
  receipt ?? { version: 1, reference: '-', provisional: false, blocks: [] }
const errorOf = ({ status, error }: Reply) => [status, error?.key]

/** What every store of the club's books must do with receipts that are claimed and with what members answer. */
export function clubClaimsConformance(name: string, open: OpenBooks) {
  describe(`claims and answers in ${name}`, () => {
    const books = booksOnTrial(open, storeSettings)
    const claim = (reference: string, who = 'sara', at = start) =>
      books.box.fact('vafa.receipt.claimed.v1', { reference, member: card(who) }, at)
    const soldToNobody = async (total = 1_000_000) => {
      const sale = books.box.sale({ total })
      const { reference } = receiptOf(await books.takeOne(sale))
      return { sale, reference, saleid: sale.data.saleid }
    }

    it('gives a sale its member by its receipt’s code: credit, visit and a receipt as if the card had been shown', async () => {
      const memberid = await books.enrol('sara')
      const { reference, saleid } = await soldToNobody()
      const reply = await books.takeOne(
        claim(referenceQr('demo', reference).toLowerCase().replaceAll('-', ' '), 'sara', start + hour),
      )
      expect(reply).toMatchObject({ status: 'accepted', member: { memberid, visits: 1 }, balances: [{ available: 100_000 }] })
      expect(fieldsOf(receiptOf(reply)).get('credit-earned')).toMatchObject({ amount: 100_000 })
      expect(fieldsOf(receiptOf(reply)).get('instant')).toEqual({ kind: 'instant', instant: new Date(start).toISOString() })
      expect(await books.store.sales({})).toMatchObject([{ saleid, memberid }])
      expect(await books.store.transfers({ memberid })).toMatchObject([
        { kind: 'credit-granted', at: new Date(start).toISOString() },
      ])
      await books.balanced()
    })

    it('gives it once: to nobody else, not to a member’s sale, not after the sale was undone', async () => {
      await books.enrol('sara')
      await books.enrol('dara')
      const { reference } = await soldToNobody()
      await books.takeOne(claim(reference))
      expect(errorOf(await books.takeOne(claim(reference)))).toEqual(['accepted', 'sale.claimed'])
      expect(errorOf(await books.takeOne(claim(reference, 'dara')))).toEqual(['accepted', 'sale.claimed'])
      const own = receiptOf(await books.takeOne(books.box.sale({ total: 5_000, member: card('dara') }))).reference
      expect(errorOf(await books.takeOne(claim(own)))).toEqual(['accepted', 'sale.claimed'])
      const undone = await soldToNobody()
      await books.takeOne(books.box.reversal(undone.saleid))
      expect(errorOf(await books.takeOne(claim(undone.reference)))).toEqual(['accepted', 'sale.undone'])
      expect((await books.store.members()).map(({ credit }) => credit)).toEqual([100_000, 500])
      await books.balanced()
    })

    it('says so where the code is not the club’s, is another store’s, or the card is nobody’s', async () => {
      await books.enrol('sara')
      const { reference } = await soldToNobody()
      expect(errorOf(await books.takeOne(claim('7K3M9-QXZ2A')))).toEqual(['accepted', 'sale.unknown'])
      expect(errorOf(await books.takeOne(claim(referenceQr('another', reference))))).toEqual(['accepted', 'sale.unknown'])
      const elsewhere = createBox({ store: 's2', firstId: 500 }).fact('vafa.receipt.claimed.v1', {
        reference,
        member: card('sara'),
      })
      const [foreign] = repliesOf(await books.store.commitBatch([arrivalOf(elsewhere, 's2')]))
      expect(foreign && errorOf(foreign)).toEqual(['accepted', 'sale.unknown'])
      expect(errorOf(await books.takeOne(claim(reference, 'nobody')))).toEqual(['accepted', 'credential.unknown'])
      expect(await books.store.totals()).toMatchObject({ transfers: 0, quarantined: 0 })
      expect(errorOf(await books.takeOne(claim(reference)))).toEqual(['accepted', undefined])
    })

    it('decides a claim by the rules that decided its sale, whatever is in force by then', async () => {
      await books.enrol('sara')
      const { reference } = await soldToNobody()
      const { current } = storeSettings.programmes
      const meagre = { ...current, version: current.version + 1, rules: [], inForceFrom: new Date(start + hour).toISOString() }
      await books.store.follow({ current, next: meagre })
      const claimed = await books.takeOne(claim(reference, 'sara', start + 2 * hour))
      expect(claimed).toMatchObject({ programmeVersion: current.version, balances: [{ available: 100_000 }] })
      const later = await books.takeOne(books.box.sale({ total: 1_000_000, member: card('sara') }, start + 2 * hour))
      expect(later).toMatchObject({ programmeVersion: meagre.version, balances: [{ available: 100_000 }] })
    })

    it('counts no second visit for a claim beside another purchase, and undoes a claimed sale whole', async () => {
      await books.enrol('sara')
      const { reference, saleid } = await soldToNobody()
      await books.takeOne(books.box.sale({ total: 2_000_000, member: card('sara') }, start + hour))
      expect(await books.takeOne(claim(reference, 'sara', start + 2 * hour))).toMatchObject({ member: { visits: 1 } })
      expect(await books.takeOne(books.box.reversal(saleid, start + 3 * hour))).toMatchObject({
        member: { visits: 1 },
        balances: [{ available: 200_000 }],
        effects: [{ kind: 'credit-revoked', amount: 100_000 }],
      })
      await books.balanced()
    })

    it('shows a claimed sale as the claim left it, and gives a repeated claim its reply again', async () => {
      await books.enrol('sara')
      const { reference } = await soldToNobody()
      const claimed = claim(reference)
      const reply = await books.takeOne(claimed)
      const again = await books.ask(books.box.request('vafa.sale.looked-up.v1', { reference }))
      expect(fieldsOf(receiptOf(again)).get('credit-earned')).toMatchObject({ amount: 100_000 })
      await books.reopen()
      expect(await books.takeOne(claimed)).toEqual(reply)
      await books.balanced()
    })

    it('keeps a member’s newest word on an offer at a sale, and one answer to a survey, the comment sealed from the journal', async () => {
      const memberid = await books.enrol('sara')
      const react = (reaction: 'accepted' | 'later', at: number, saleid?: string) =>
        books.box.fact('vafa.offer.reacted.v1', { member: card('sara'), offerid: 'cake', reaction, saleid, operator: 'Mina' }, at)
      const answer = (option: number, comment?: string) =>
        books.box.fact('vafa.survey.answered.v1', { member: card('sara'), surveyid: 'autumn', option, comment })
      const saleid = books.box.nextId()
      const said = await books.take(
        react('later', start, saleid),
        react('accepted', start + hour, saleid),
        react('later', start + 60_000, saleid),
        react('later', start + 2 * hour),
        answer(4, 'چای سرد بود'),
        answer(1),
      )
      expect(said.map(errorOf)).toEqual(said.map(() => ['accepted', undefined]))
      expect(await books.store.responses(memberid)).toEqual({
        reactions: [
          { offerid: 'cake', answer: 'later', operator: 'Mina', store: 's1', at: new Date(start + 2 * hour).toISOString() },
          {
            offerid: 'cake',
            saleid,
            answer: 'accepted',
            operator: 'Mina',
            store: 's1',
            at: new Date(start + hour).toISOString(),
          },
        ],
        surveys: [{ surveyid: 'autumn', option: 4, comment: 'چای سرد بود', store: 's1', at: new Date(start).toISOString() }],
      })
      const stranger = books.box.fact('vafa.survey.answered.v1', { member: card('nobody'), surveyid: 'autumn', option: 2 })
      expect(errorOf(await books.takeOne(stranger))).toEqual(['accepted', 'credential.unknown'])
    })
  })
}
