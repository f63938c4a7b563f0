import { useMemo, useState } from 'preact/hooks'
import encodeQr from 'qr'
import type { TillResponse } from '#protocol/lane.ts'
import { Button } from '../shared/button.tsx'
import { currency, minute, money, moneyShown } from '../shared/figures.ts'
import { say } from '../shared/language.ts'
import { digits, NumberPad } from '../shared/pad.tsx'
import { Form } from './form.tsx'
import { printCode } from './slip.ts'
import { go, goHome, line, notice } from './state.ts'
import { words } from './words.ts'
import '../shared/digits-field.css'

/** People type toman where they read toman. */
const unit = () => (currency.value === 'IRR' && moneyShown.value === 'toman' ? 10 : 1)

export function Redeem() {
  const customer = line.screen.value?.customer
  // A new code takes the place of the one before, and has what that one held.
  const credit = (customer?.balances.find((one) => one.unit === 'credit')?.available ?? 0) + (customer?.account?.held ?? 0)
  const [typed, setTyped] = useState('')
  const [fault, setFault] = useState<string>()
  const [busy, setBusy] = useState(false)
  const amount = Number(typed) * unit()
  const tooMuch = amount > credit
  const get = async () => {
    setBusy(true)
    const answer = await line.ask({ op: 'issue-code', amount })
    setBusy(false)
    if (answer?.op === 'code') return go({ at: 'redeem-code', code: answer })
    setFault(answer?.op === 'error' ? say(answer.error.title) : say(words.noAnswer))
  }
  return (
    <Form ready={amount > 0 && !tooMuch} onDone={() => void get()}>
      <h1>{say(words.redeemTitle)}</h1>
      <p class="kiosk-soft">
        {say(words.credit)}: {money(credit)}
      </p>
      <output class="digits-field digits-money" aria-label={say(words.redeemTitle)}>
        {money(amount)}
      </output>
      <p class="kiosk-fault" role="alert">
        {tooMuch ? say(words.redeemTooMuch) : fault}
      </p>
      <NumberPad
        onDigit={(digit) => setTyped((text) => (text.length < 9 ? `${text}${digit}`.replace(/^0+/, '') : text))}
        onBack={() => setTyped((text) => text.slice(0, -1))}
        onClear={() => setTyped('')}
      />
      <div class="kiosk-row">
        <Button onPress={goHome}>{say(words.back)}</Button>
        <Button onPress={() => setTyped(String(Math.floor(credit / unit())))}>{say(words.redeemAll)}</Button>
        <Button look="main" submits disabled={amount <= 0 || tooMuch} busy={busy}>
          {say(words.redeemGet)}
        </Button>
      </div>
    </Form>
  )
}

export function RedeemCode({ code }: { code: Extract<TillResponse, { op: 'code' }> }) {
  const groups = code.digits.replace(/(.{4})(?=.)/g, '$1 ')
  return (
    <section class="kiosk-form">
      <h1>{say(words.codeShow)}</h1>
      <p class="kiosk-soft">{say(words.codeWorth, { amount: money(code.amount), time: minute(code.until) })}</p>
      <Qr content={code.code} label={say(words.codeQr)} />
      <p class="kiosk-soft">{say(words.codeByKeys)}</p>
      <p class="code-digits">
        <bdi dir="ltr" data-code={code.digits}>
          {digits(groups)}
        </bdi>
      </p>
      {notice.value !== undefined && <p role="status">{notice.value}</p>}
      <div class="kiosk-row">
        <Button icon="print" onPress={() => void printCode(code.code, code.amount)}>
          {say(words.print)}
        </Button>
        <Button look="main" onPress={goHome}>
          {say(words.done)}
        </Button>
      </div>
    </section>
  )
}

/** Dark on white in both themes: scanners read nothing else surely. */
function Qr({ content, label }: { content: string; label: string }) {
  const rows = useMemo(() => encodeQr(content, 'raw', { ecc: 'medium', border: 2 }), [content])
  const path = rows.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : []))).join('')
  return (
    <svg class="qr" viewBox={`0 0 ${rows.length} ${rows.length}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <path class="qr-ground" d={`M0 0h${rows.length}v${rows.length}H0z`} />
      <path class="qr-ink" d={path} />
    </svg>
  )
}
