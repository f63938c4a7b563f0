import { useState } from 'preact/hooks'
import { Button } from './button.tsx'
import { Code } from './code.tsx'
import { DigitsField } from './digits-field.tsx'
import type { LaneLine } from './lane-line.ts'
import { say } from './language.ts'
import { NumberPad } from './pad.tsx'
import { words } from './words.ts'
import './pairing.css'

const codeDigits = 8

/** A browser that is not on the box itself gets the lane's page with a code, once. */
export function Pairing({ line, lane }: { line: LaneLine; lane: string }) {
  const [code, setCode] = useState('')
  const [fault, setFault] = useState<string>()
  const whole = code.length === codeDigits
  const pair = async () => {
    if ((await line.pair(code)) === 'paired') return
    setCode('')
    setFault(say(words.pairWrong))
  }
  return (
    <form
      class="pairing"
      onSubmit={(event) => {
        event.preventDefault()
        if (whole) void pair()
      }}
    >
      <h1>{say(words.pairTitle)}</h1>
      <p class="pairing-hint">{say(words.pairHint)}</p>
      <p>
        <Code>{`vafa gateway pair ${lane}`}</Code>
      </p>
      <DigitsField label={say(words.pairTitle)} value={code} length={codeDigits} onValue={setCode} />
      <p class="pairing-fault" role="alert">
        {fault}
      </p>
      <NumberPad
        onDigit={(digit) => setCode((text) => (text.length < codeDigits ? text + digit : text))}
        onBack={() => setCode((text) => text.slice(0, -1))}
        onClear={() => setCode('')}
      />
      <Button look="main" submits disabled={!whole}>
        {say(words.pair)}
      </Button>
    </form>
  )
}
