import { Button } from '../shared/button.tsx'
import { say } from '../shared/language.ts'
import { go, line } from './state.ts'
import { words } from './words.ts'

/** What a passer-by sees; or what became of a card that is nobody's. */
export function Attract() {
  const screen = line.screen.value
  const online = screen?.uplink === 'online' && line.wire.status.value === 'online'
  if (screen?.asking)
    return (
      <section class="kiosk-centre" aria-busy="true">
        <TapPicture />
        <h1>{say(words.looking)}</h1>
      </section>
    )
  const error = screen?.state === 'presented' || screen?.error?.key.startsWith('card.') ? screen?.error : undefined
  const stranger = error?.key === 'credential.unknown'
  return (
    <section class="kiosk-centre">
      <TapPicture />
      <div class="kiosk-words" role="status">
        <h1>{stranger ? say(words.notKnown) : error ? say(error.title) : say(words.tapNow)}</h1>
        <p class="kiosk-soft">{stranger ? say(words.notKnownWay) : error ? say(error.detail) : say(words.tapHint)}</p>
      </div>
      <div class="kiosk-choices">
        <Button look={stranger ? 'main' : 'normal'} icon="plus" disabled={!online} onPress={() => go({ at: 'mobile' })}>
          {say(words.join)}
        </Button>
        <Button look={stranger ? 'normal' : 'main'} icon="phone" disabled={!online} onPress={() => go({ at: 'mobile' })}>
          {say(words.byMobile)}
        </Button>
      </div>
    </section>
  )
}

/** A card held to a reader. */
const TapPicture = () => (
  <svg class="tap-picture" viewBox="0 0 320 240" aria-hidden="true">
    <circle class="tap-wave tap-wave-3" cx="160" cy="120" r="112" />
    <circle class="tap-wave tap-wave-2" cx="160" cy="120" r="86" />
    <circle class="tap-wave tap-wave-1" cx="160" cy="120" r="60" />
    <g class="tap-card">
      <rect x="92" y="72" width="136" height="88" rx="12" />
      <path class="tap-chip" d="M112 98h26v20h-26zM112 108h26M125 98v20" />
      <path class="tap-line" d="M112 138h66M196 138h14" />
    </g>
  </svg>
)
