import { useState } from 'preact/hooks'
import { Button } from '../shared/button.tsx'
import { language, say } from '../shared/language.ts'
import { Form } from './form.tsx'
import { Keyboard } from './keyboard.tsx'
import { go, line, notice } from './state.ts'
import { words } from './words.ts'

const nameMost = 40

/** Name, then consent: each is asked by itself, and nothing is chosen beforehand. */
export function Join({ mobile }: { mobile: string }) {
  const [step, setStep] = useState<'name' | 'consent'>('name')
  const [name, setName] = useState('')
  const [club, setClub] = useState(false)
  const [promotion, setPromotion] = useState(false)
  const [fault, setFault] = useState<string>()
  const [busy, setBusy] = useState(false)

  const join = async () => {
    setBusy(true)
    const answer = await line.ask({
      op: 'enrol',
      profile: { displayName: name.trim(), mobile: `+98${mobile.slice(1)}`, language: language.value },
      consents: [
        { purpose: 'club', given: club },
        { purpose: 'promotion', channel: 'sms', given: promotion },
      ],
    })
    setBusy(false)
    if (answer?.op === 'result') {
      go({ at: 'home' })
      notice.value = say(answer.status === 'accepted' ? words.joined : words.joinedLater)
    } else setFault(answer?.op === 'error' ? say(answer.error.title) : say(words.noAnswer))
  }

  if (step === 'name')
    return (
      <Form wide ready={name.trim() !== ''} onDone={() => setStep('consent')}>
        <h1>{say(words.joinTitle)}</h1>
        <p class="kiosk-soft">{say(words.joinHint)}</p>
        <input
          class="text-field"
          aria-label={say(words.joinTitle)}
          dir="auto"
          inputMode="none"
          autocomplete="off"
          maxLength={nameMost}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <Keyboard text={name} onText={setName} most={nameMost} />
        <Button look="main" submits disabled={name.trim() === ''}>
          {say(words.next)}
        </Button>
      </Form>
    )
  return (
    <Form wide ready={club} onDone={() => void join()}>
      <h1>{say(words.consentTitle)}</h1>
      <Consent text={say(words.consentClub)} given={club} onGiven={setClub} />
      <Consent text={say(words.consentPromotion)} given={promotion} onGiven={setPromotion} />
      <p class="kiosk-soft">{say(words.consentNeeded)}</p>
      <p class="kiosk-fault" role="alert">
        {fault}
      </p>
      <div class="kiosk-row">
        <Button onPress={() => setStep('name')}>{say(words.back)}</Button>
        <Button look="main" submits disabled={!club} busy={busy}>
          {say(words.joinNow)}
        </Button>
      </div>
    </Form>
  )
}

function Consent({ text, given, onGiven }: { text: string; given: boolean; onGiven: (given: boolean) => void }) {
  return (
    <label class={given ? 'consent consent-given' : 'consent'}>
      <input type="checkbox" checked={given} onChange={(event) => onGiven(event.currentTarget.checked)} />
      <span>{text}</span>
    </label>
  )
}
