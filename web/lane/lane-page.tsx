import type { LaneCustomer, LaneSale, LaneScreen } from '#protocol/lane.ts'
import { Badge } from '../shared/badge.tsx'
import { Code } from '../shared/code.tsx'
import { count, money } from '../shared/figures.ts'
import { createLaneLine } from '../shared/lane-line.ts'
import { say } from '../shared/language.ts'
import { digits } from '../shared/pad.tsx'
import { Pairing } from '../shared/pairing.tsx'
import { LanguageSwitch } from '../shared/switches.tsx'
import { Receipts } from './receipts.tsx'
import { SayNow } from './say-now.tsx'
import { words } from './words.ts'
import './lane.css'

export const line = createLaneLine({ page: 'lane' })

/** What a cashier needs beside the till: who is there, what to say, what it comes to. */
export function LanePage() {
  const screen = line.screen.value
  if (line.unpaired.value !== undefined)
    return (
      <main class="lane-note">
        <Pairing line={line} lane={line.unpaired.value} />
      </main>
    )
  if (line.wire.status.value === 'refused')
    return (
      <main class="lane-note">
        <h1>{say(words.notHere)}</h1>
      </main>
    )
  return (
    <div class="lane">
      <header class="lane-head">
        <h1>
          {say(words.lane)} <Code>{line.access.value?.lane ?? ''}</Code>
        </h1>
        <div class="lane-badges">
          {screen?.operator !== undefined && <span>{screen.operator}</span>}
          {screen?.mode === 'training' && <Badge tone="warn">{say(words.training)}</Badge>}
          {screen && (
            <Badge tone={screen.uplink === 'online' ? 'good' : 'warn'}>
              {say(screen.uplink === 'online' ? words.online : words.offline)}
            </Badge>
          )}
        </div>
        <LanguageSwitch />
      </header>
      {line.wire.status.value === 'offline' && (
        <p class="lane-banner" role="status">
          {say(words.boxAway)}
        </p>
      )}
      <main class="lane-main">
        <div class="lane-column">
          <Who screen={screen} />
          {screen && <SayNow line={line} screen={screen} />}
        </div>
        <div class="lane-column">
          <Sale sale={screen?.sale} state={screen?.state} />
          <Receipts line={line} state={screen?.state} />
        </div>
      </main>
    </div>
  )
}

function Who({ screen }: { screen: LaneScreen | undefined }) {
  const customer = screen?.customer
  if (customer) return <Member customer={customer} />
  const error = screen?.error
  return (
    <section class="lane-part" aria-live="polite">
      <h2>{say(error ? error.title : screen?.asking ? words.asking : words.nobody)}</h2>
      <p class="lane-soft">{say(error ? error.detail : words.nobodyHint)}</p>
    </section>
  )
}

function Member({ customer }: { customer: LaneCustomer }) {
  const { name, number = '', tier, visits = 0, balances, decidedBy } = customer
  const { available: credit = 0, offline = 0 } = balances.find(({ unit }) => unit === 'credit') ?? {}
  const points = balances.find(({ unit }) => unit === 'points')
  return (
    <section class="lane-part lane-member" aria-live="polite">
      <div class="lane-who">
        <h2>{name ?? say(words.member)}</h2>
        <Code>{`••••${digits(number)}`}</Code>
        {tier !== undefined && <Badge tone="accent">{say(tier)}</Badge>}
        {decidedBy === 'box' && <Badge tone="warn">{say(words.asKnown)}</Badge>}
      </div>
      <dl class="lane-figures">
        <div>
          <dt>{say(words.credit)}</dt>
          <dd data-credit={credit}>{money(credit)}</dd>
        </div>
        {decidedBy === 'box' && (
          <div>
            <dt>{say(words.usable)}</dt>
            <dd data-usable={offline}>{money(offline)}</dd>
          </div>
        )}
        {points && (
          <div>
            <dt>{say(words.points)}</dt>
            <dd>{count(points.available)}</dd>
          </div>
        )}
        <div>
          <dt>{say(words.visits)}</dt>
          <dd>{count(visits)}</dd>
        </div>
      </dl>
    </section>
  )
}

function Sale({ sale, state }: { sale: LaneSale | undefined; state: LaneScreen['state'] | undefined }) {
  if (!sale)
    return (
      <section class="lane-part">
        <h2>{say(words.sale)}</h2>
        <p class="lane-soft">{say(state === 'completed' ? words.paid : words.noSale)}</p>
      </section>
    )
  const { total, discount, redeemed, payable, effects, offers = [] } = sale
  const earns = effects.reduce((sum, one) => sum + (one.kind === 'credit' ? one.granted : 0), 0)
  const row = (label: string, amount: number, tone = '') => (
    <div class={tone}>
      <dt>{label}</dt>
      <dd>{money(amount)}</dd>
    </div>
  )
  return (
    <section class="lane-part" aria-live="polite">
      <h2>
        {say(words.sale)} {sale.tillreceipt !== undefined && <Code>{sale.tillreceipt}</Code>}
      </h2>
      <dl class="lane-sums">
        {row(say(words.total), total)}
        {discount > 0 && row(say(words.discount), -discount, 'lane-off')}
        {redeemed > 0 && row(say(words.redeemed), -redeemed, 'lane-off')}
        {row(say(words.payable), payable, 'lane-payable')}
        {earns > 0 && row(say(words.willEarn), earns, 'lane-earns')}
      </dl>
      {offers.length > 0 && (
        <p class="lane-soft">
          {say(words.free)} {offers.map(({ product }) => product).join('، ')}
        </p>
      )}
    </section>
  )
}
