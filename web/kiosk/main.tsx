import { mount } from '../shared/mount.tsx'
import { Kiosk } from './kiosk.tsx'

mount(<Kiosk />)
