import { Button } from '../shared/button.tsx'
import { say } from '../shared/language.ts'
import { digits } from '../shared/pad.tsx'
import { Pairing } from '../shared/pairing.tsx'
import { LanguageSwitch, ThemeSwitch } from '../shared/switches.tsx'
import { Account } from './account.tsx'
import { Attract } from './attract.tsx'
import { Join } from './join.tsx'
import { Code, Mobile } from './mobile.tsx'
import { Redeem, RedeemCode } from './redeem.tsx'
import { Staff } from './staff.tsx'
import { go, leave, line, silence, vacant, view } from './state.ts'
import { Survey, Thanks } from './survey.tsx'
import { words } from './words.ts'
import './kiosk.css'

export function Kiosk() {
  const access = line.access.value
  return (
    <div class="kiosk" data-view={view.value.at}>
      <header class="kiosk-head">
        <p class="kiosk-store">{access ? say(access.title) : say(words.welcome)}</p>
        <div class="kiosk-switches">
          {vacant.value && <ThemeSwitch />}
          <LanguageSwitch />
        </div>
      </header>
      <LineState />
      <main class="kiosk-main">
        <Screen />
      </main>
      <footer class="kiosk-foot">
        {vacant.value ? (
          access?.staff && (
            <Button look="plain" icon="wrench" onPress={() => go({ at: 'staff' })}>
              {say(words.staff)}
            </Button>
          )
        ) : (
          <Button look="normal" icon="leave" onPress={leave}>
            {say(words.leave)}
          </Button>
        )}
      </footer>
      {silence.left.value !== undefined && <StillHere seconds={silence.left.value} />}
    </div>
  )
}

/** The page's own line first: without it nothing else is known. */
function LineState() {
  const screen = line.screen.value
  if (line.wire.status.value === 'offline')
    return (
      <p class="kiosk-banner" role="status" data-line="page">
        {say(words.boxAway)}
      </p>
    )
  if (screen?.uplink === 'offline')
    return (
      <p class="kiosk-banner" role="status" data-line="club">
        {say(screen.customer ? words.asKnown : words.lineAway)}
      </p>
    )
  if (screen?.mode === 'training')
    return (
      <p class="kiosk-banner" role="status">
        {say(words.training)}
      </p>
    )
  return null
}

function Screen() {
  if (line.unpaired.value !== undefined) return <Pairing line={line} lane={line.unpaired.value} />
  if (line.wire.status.value === 'refused')
    return (
      <section class="kiosk-centre">
        <h1>{say(words.refused)}</h1>
        <p>{say(words.refusedWay)}</p>
      </section>
    )
  const now = view.value
  switch (now.at) {
    case 'mobile':
      return <Mobile />
    case 'code':
      return <Code mobile={now.mobile} />
    case 'join':
      return <Join mobile={now.mobile} />
    case 'redeem':
      return <Redeem />
    case 'redeem-code':
      return <RedeemCode code={now.code} />
    case 'survey':
      return <Survey />
    case 'thanks':
      return <Thanks />
    case 'staff':
      return <Staff />
    case 'home':
      return line.screen.value?.customer ? <Account customer={line.screen.value.customer} /> : <Attract />
  }
}

function StillHere({ seconds }: { seconds: number }) {
  return (
    <div class="kiosk-veil">
      <div class="kiosk-still" role="alertdialog" aria-labelledby="still-here">
        <h2 id="still-here">{say(words.stillHere)}</h2>
        <p>{say(words.wipesIn, { seconds: digits(String(seconds)) })}</p>
        <Button look="main" onPress={silence.heard}>
          {say(words.stay)}
        </Button>
      </div>
    </div>
  )
}
