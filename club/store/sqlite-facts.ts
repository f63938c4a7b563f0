import { bodyHash, parseSource } from '#protocol/envelope.ts'
import { describeError, type ErrorKey } from '#protocol/errors.ts'
import type { Fact } from '#protocol/messages.ts'
import type { Reply } from '#protocol/reply.ts'
import { type Arrival, effectiveAtOf } from '../booking/arrival.ts'
import { errorReply, plainReply } from '../booking/replies.ts'
import type { SaleFact } from '../booking/sale.ts'
import { sqliteEnrolments } from './sqlite-enrolments.ts'
import { answerOf, type Booked, type Entry, SetAside, type SqliteParts } from './sqlite-parts.ts'
import { sqliteSaleFacts } from './sqlite-sale-facts.ts'
import type { Answer, Notice, Outcome } from './store.ts'

/** What is set aside: which event, and why. */
interface Unbookable {
  id: string
  /** The id was made from the bytes: nobody waits for a reply to it. */
  madeUp: boolean
  hash: string
  type?: string
  key: ErrorKey
  reason: string
}

/** Books facts of every kind. Nothing here commits: the caller holds the transaction. */
export function sqliteFacts(parts: SqliteParts) {
  const { journal, programme } = parts
  const sales = sqliteSaleFacts(parts)
  const enrolments = sqliteEnrolments(parts)

  function setAside(arrival: Arrival, entry: Unbookable): Outcome {
    const { id, hash, type, key, reason } = entry
    const { store, receivedat, payload } = arrival
    const reply = entry.madeUp
      ? undefined
      : errorReply({ inReplyTo: id, programmeVersion: programme.version, status: 'quarantined', key, reason })
    const body = journal.quarantine({ store, id, hash, type, key, reason, receivedat, payload, reply })
    const notices: Notice[] = [{ store, id, key, reason }]
    return { answers: body === undefined ? [] : [answerOf(parts, store, { id, body })], notices }
  }

  /** Journals a booked fact with its reply, and gives everything that is to be published. */
  function finish({ fact, hash, arrival, effectiveAt }: Entry, booked: Booked): Answer[] {
    const { store, receivedat } = arrival
    const { seq, reply, sameAsBefore = false } = booked
    const originalid = sameAsBefore ? undefined : fact.originalid
    const body = journal.record({ seq, fact, hash, store, effectiveAt, receivedat, reply, originalid })
    const answers = [answerOf(parts, store, { id: fact.id, body, memberid: reply.member?.memberid })]
    for (const revised of booked.revised ?? []) {
      const text = journal.revise(revised, receivedat)
      answers.push(answerOf(parts, store, { id: revised.inReplyTo, body: text, memberid: revised.member?.memberid }))
    }
    return answers
  }

  /** A box's advice is settled by the reply to the sale inside; whichever of the two comes first books that sale. */
  function advised(entry: Entry<Fact<'vafa.decision.advised.v1'>>): Answer[] {
    const { fact, arrival } = entry
    const original: SaleFact = fact.data.original
    const { original: text } = (entry.json as { data: { original: object } }).data
    if (parseSource(original.source)?.store !== arrival.store)
      throw new SetAside('request.invalid', "original: is another store's")
    const hash = bodyHash(text)
    const known = journal.known(arrival.store, original.id, hash)
    if (known.is === 'conflict') throw new SetAside('event.conflict', `original ${original.id}: was booked with other contents`)
    const answers =
      known.is === 'new'
        ? book({ fact: original, hash, json: text, arrival, effectiveAt: effectiveAtOf(original, arrival.receivedat) })
        : []
    const settled = journal.replyTo(original.id)
    if (!settled) throw new SetAside('event.unsupported', `original ${original.id}: is in quarantine`)
    const reply: Reply = { ...(JSON.parse(settled.reply) as Reply), inReplyTo: fact.id, revision: 1 }
    return [...answers, ...finish(entry, { seq: journal.nextSeq(), reply })]
  }

  /** The same happening under another id: a box was swapped, or a terminal repeated itself. */
  function sameOriginal(entry: Entry): Answer[] | undefined {
    const twin = journal.byOriginal(entry.fact)
    if (!twin) return undefined
    const same =
      twin.type === entry.fact.type &&
      twin.store === entry.arrival.store &&
      substanceOf(JSON.parse(twin.body) as Fact) === substanceOf(entry.fact)
    if (!same) throw new SetAside('event.conflict', `originalid ${entry.fact.originalid}: was booked with other contents`)
    const reply: Reply = { ...(JSON.parse(twin.reply) as Reply), inReplyTo: entry.fact.id, revision: 1 }
    return finish(entry, { seq: journal.nextSeq(), reply, sameAsBefore: true })
  }

  function book(entry: Entry): Answer[] {
    const { fact } = entry
    const twin = sameOriginal(entry)
    if (twin) return twin
    switch (fact.type) {
      case 'vafa.sale.completed.v1':
        return finish(entry, sales.completed({ ...entry, fact }))
      case 'vafa.sale.reversed.v1':
        return finish(entry, sales.reversed({ ...entry, fact }))
      case 'vafa.member.enrolled.v1':
        return finish(entry, enrolments.enrolled({ ...entry, fact }))
      case 'vafa.decision.advised.v1':
        return advised({ ...entry, fact })
      case 'vafa.receipt.printed.v1':
      case 'vafa.visit.recorded.v1':
        return finish(entry, { seq: journal.nextSeq(), reply: plainReply(fact.id, programme.version) })
      default:
        throw new SetAside('event.unsupported', `type: ${fact.type} is not booked yet`)
    }
  }

  /** Training looks live at the till and never meets the books. */
  function training({ fact, hash, arrival }: Entry): Outcome {
    const reply: Reply = { ...plainReply(fact.id, programme.version), error: describeError('sale.training') }
    const { store, receivedat } = arrival
    const body = journal.setAsideTraining({ fact, hash, store, receivedat, reply })
    return { answers: [answerOf(parts, store, { id: fact.id, body })], notices: [] }
  }

  return {
    /** Books one fact, or says by `SetAside` why not; any other error means that the club cannot cope with it. */
    take(entry: Entry): Outcome {
      const { fact, hash, arrival } = entry
      const known = journal.known(arrival.store, fact.id, hash)
      if (known.is === 'repeat')
        return {
          answers: [answerOf(parts, arrival.store, { id: fact.id, body: known.reply, memberid: known.memberid })],
          notices: [],
        }
      if (known.is === 'conflict') throw new SetAside('event.conflict', 'id: was used before with other contents')
      if (isTraining(fact)) return training(entry)
      return { answers: book(entry), notices: [] }
    },
    setAside,
  }
}

/** What must agree for two facts with one `originalid` to be the same happening; a swapped box gave the sale a new id. */
function substanceOf(fact: Fact): string {
  if (fact.type === 'vafa.sale.completed.v1') return `${fact.data.total} ${fact.data.payable}`
  return 'saleid' in fact.data ? String(fact.data.saleid) : fact.type
}

function isTraining(fact: Fact): boolean {
  if (fact.type === 'vafa.decision.advised.v1') return fact.data.original.data.mode === 'training'
  return 'mode' in fact.data && fact.data.mode === 'training'
}
