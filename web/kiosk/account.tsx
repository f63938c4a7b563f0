import type { ComponentChildren } from 'preact'
import type { Account as AccountOf } from '#protocol/account.ts'
import type { LaneCustomer } from '#protocol/lane.ts'
import { Badge } from '../shared/badge.tsx'
import { Button } from '../shared/button.tsx'
import { Code } from '../shared/code.tsx'
import { count, day, dayOfYear, money } from '../shared/figures.ts'
import { say } from '../shared/language.ts'
import { digits } from '../shared/pad.tsx'
import { printSlip } from './slip.ts'
import { go, line, notice } from './state.ts'
import { words } from './words.ts'
import './account.css'

const dayOf = (iso: string) => day(iso.slice(0, 10))

export function Account({ customer }: { customer: LaneCustomer }) {
  const { name, number = '', visits = 0, balances, account } = customer
  const credit = balances.find(({ unit }) => unit === 'credit')
  const points = balances.filter(({ unit, available }) => unit === 'points' && available > 0)
  const online = line.screen.value?.uplink === 'online' && customer.decidedBy === 'club'
  const held = account?.held ?? 0
  const survey = line.access.value?.survey
  return (
    <section class="account" aria-live="polite">
      <div class="account-who">
        <h1>{name === undefined ? say(words.helloMember) : say(words.hello, { name })}</h1>
        <p class="kiosk-soft">
          {say(words.memberNumber)} <Code>{`••••${digits(number)}`}</Code>
          {account?.tier && <Badge tone="accent">{say(account.tier.name)}</Badge>}
        </p>
      </div>
      {notice.value !== undefined && (
        <p class="account-notice" role="status">
          {notice.value}
        </p>
      )}
      <div class="account-credit">
        <h2>{say(words.credit)}</h2>
        <p class="account-figure" data-credit={credit?.available ?? 0}>
          {money(credit?.available ?? 0)}
        </p>
        {customer.decidedBy === 'box' && <p>{say(words.usable, { amount: money(credit?.offline ?? 0) })}</p>}
        {(credit?.elsewhere ?? 0) > 0 && <p>{say(words.elsewhere, { amount: money(credit?.elsewhere ?? 0) })}</p>}
        {held > 0 && <p>{say(words.held, { amount: money(held) })}</p>}
        {(credit?.pending ?? 0) > 0 && <p>{say(words.pending, { amount: money(credit?.pending ?? 0) })}</p>}
        <dl class="account-more">
          {points.map((one) => (
            <div key={one.name}>
              <dt>{say(words.points)}</dt>
              <dd>{count(one.available)}</dd>
            </div>
          ))}
          <div>
            <dt>{say(words.visits)}</dt>
            <dd>{count(visits)}</dd>
          </div>
        </dl>
      </div>
      {customer.account && <Parts account={customer.account} prompts={customerPrompts()} />}
      <div class="account-acts">
        <Button
          look="main"
          icon="gift"
          disabled={!online || (credit?.available ?? 0) + held <= 0}
          onPress={() => go({ at: 'redeem' })}
        >
          {say(words.redeem)}
        </Button>
        {survey && (
          <Button icon="star" onPress={() => go({ at: 'survey' })}>
            {say(words.survey)}
          </Button>
        )}
        <Button icon="print" onPress={() => void printSlip(customer)}>
          {say(words.print)}
        </Button>
      </div>
    </section>
  )
}

const customerPrompts = () => line.screen.value?.prompts.filter(({ audience }) => audience === 'customer') ?? []

function Parts({ account, prompts }: { account: AccountOf; prompts: ReturnType<typeof customerPrompts> }) {
  const { tier, stampCards, expiring, offers, visits } = account
  return (
    <div class="account-parts">
      {tier?.next && <Tier next={tier.next} until={tier.until} />}
      {stampCards.length > 0 && (
        <Part title={say(words.stamps)}>
          {stampCards.map((one) => (
            <Stamps key={one.name} {...one} />
          ))}
        </Part>
      )}
      {expiring.length > 0 && (
        <Part title={say(words.expiring)}>
          <ul class="account-list">
            {expiring.slice(0, 3).map(({ unit, amount, at }) => (
              <li key={`${unit} ${at}`}>
                {unit === 'credit'
                  ? say(words.expiringCredit, { amount: money(amount), day: dayOf(at) })
                  : say(words.expiringPoints, { count: count(amount), day: dayOf(at) })}
              </li>
            ))}
          </ul>
        </Part>
      )}
      <Part title={say(words.offers)}>
        {offers.length + prompts.length === 0 ? (
          <p class="kiosk-soft">{say(words.noOffers)}</p>
        ) : (
          <ul class="account-list">
            {offers.slice(0, 3).map(({ ruleid, text }) => (
              <li key={ruleid}>{say(text)}</li>
            ))}
            {prompts.slice(0, 2).map(({ ruleid, text }) => (
              <li key={ruleid}>{say(text)}</li>
            ))}
          </ul>
        )}
      </Part>
      <Part title={say(words.lastVisits)}>
        {visits.length === 0 ? (
          <p class="kiosk-soft">{say(words.noVisits)}</p>
        ) : (
          <ul class="account-list account-visits">
            {visits.slice(0, 4).map(({ at, store, paid, reference }) => (
              <li key={reference}>
                <span>{dayOfYear(at.slice(0, 10))}</span>
                <span class="kiosk-soft">{say(store)}</span>
                <span>{money(paid)}</span>
              </li>
            ))}
          </ul>
        )}
      </Part>
    </div>
  )
}

const Part = ({ title, children }: { title: string; children: ComponentChildren }) => (
  <section class="account-part">
    <h2>{title}</h2>
    {children}
  </section>
)

function Tier({ next, until }: { next: NonNullable<NonNullable<AccountOf['tier']>['next']>; until: string | undefined }) {
  const missing = { spend: words.missingSpend, visits: words.missingVisits, points: words.missingPoints }
  return (
    <Part title={say(words.toNextTier, { tier: say(next.name) })}>
      {next.steps.map(({ measure, name, from, reached }) => {
        const rest = from - reached
        const values = { amount: money(rest), count: count(rest) }
        const text = rest > 0 ? say(missing[measure], values) : say(words.reached)
        return (
          <div key={`${measure} ${name ?? ''}`} class="account-step">
            <p>{text}</p>
            <progress max={from} value={reached} aria-label={text} />
          </div>
        )
      })}
      {until !== undefined && <p class="kiosk-soft">{say(words.tierUntil, { day: dayOf(until) })}</p>}
    </Part>
  )
}

/** As on a paper card, where so many fit; else the numbers. */
function Stamps({ name, have, of }: { name: string; have: number; of?: number | undefined }) {
  if (of === undefined || of > 12)
    return <p>{`${name}: ${of === undefined ? count(have) : say(words.stampsOf, { have: count(have), of: count(of) })}`}</p>
  const full = Math.min(have, of)
  return (
    <div class="account-stamps">
      <p>
        {name} – {say(words.stampsOf, { have: count(full), of: count(of) })}
      </p>
      <p class="account-dots" aria-hidden="true">
        {Array.from({ length: of }, (_, n) => (
          <span key={n} class={n < full ? 'account-dot account-dot-full' : 'account-dot'} />
        ))}
      </p>
    </div>
  )
}
