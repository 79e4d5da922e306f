/** Starts the panel: styles, the connection, the React tree. */
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import './styles/tokens.css'
import './styles/base.css'
import './styles/controls.css'
import './styles/forms.css'
import './styles/dialogs.css'
import './styles/shell.css'
import './styles/alone.css'
import './styles/split-control.css'
import './styles/gate.css'
import './styles/overview.css'
import './styles/charts.css'
import './styles/inspector.css'
import './styles/recorded.css'
import './styles/activity.css'
import './styles/connect.css'
import './styles/logs.css'
import './styles/models.css'
import './styles/model-page.css'
import './styles/model-test.css'
import './styles/downloads.css'
import './styles/providers.css'
import './styles/routing.css'
import './styles/settings.css'
import './styles/first-run.css'
import './styles/suggestions.css'
import './styles/palette.css'
import { App } from './app.tsx'
import { applyRememberedAppearance } from './settings/settings-state.ts'
import { markHost } from './shell/app-host.ts'
import { start } from './state/connection.ts'

markHost()
applyRememberedAppearance()
const root = document.getElementById('root')
if (root)
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  )
void start()
