// <seedcast-player src="magnet:…">: a player of Seedcast in any page. docs/embedding.md says how to use it.
//
//   <script src="https://seedcast.example/embed.js" async></script>
//   <seedcast-player src="magnet:?xt=urn:btih:…"></seedcast-player>
//
// It makes a frame with embed.html, from where this script comes, and talks to it over a port of their own.

(() => {
  const NAME = 'seedcast-player'
  const VERSION = 1
  const EVENTS = ['ready', 'playing', 'paused', 'stalled', 'progress', 'peers', 'error', 'ended']
  const CHOICES = ['speed', 'subtitles']
  const SWITCHES = ['autoplay', 'preload', 'muted', 'loop', 'controls']
  const OFF = ['0', 'false', 'no', 'off', 'none']

  if (!document.currentScript) throw new Error('embed.js is a classic script: leave type="module" out.')
  const home = new URL('embed.html', document.currentScript.src)

  // What stands in place of a player that the page's policy keeps out.
  const KEPT_OUT = {
    en: 'This page does not let the player in',
    de: 'Diese Seite lässt den Player nicht zu',
    es: 'Esta página no deja entrar al reproductor',
    zh: '此页面不允许播放器载入',
  }

  // Every copy of this script that is on the page marks its elements so.
  const MARK = Symbol.for('seedcast-player')

  class Player extends EventTarget {
    #port
    #orders = []
    #told = { currentTime: 0, duration: 0, paused: true, stats: Object.freeze({}) }

    // Until there is a port, orders wait: the last of each kind counts.
    #order(order) {
      if (this.#port) return this.#port.postMessage(order)
      this.#orders = this.#orders.filter(other => other.do !== order.do).concat(order)
    }

    /** Plays, as soon as there is something to play. */
    play() { this.#order({ do: 'play' }) }

    /** Stops playing. Pieces go on arriving. */
    pause() { this.#order({ do: 'pause' }) }

    /** Where it is, in seconds. */
    get currentTime() { return this.#told.currentTime }
    set currentTime(seconds) {
      const to = Number(seconds)
      if (!Number.isFinite(to)) throw new TypeError('currentTime is a number of seconds.')
      this.#order({ do: 'seek', to: Math.max(to, 0) })
    }

    /** How long it is, in seconds; 0 until that is known. */
    get duration() { return this.#told.duration }

    /** Whether it is not playing. */
    get paused() { return this.#told.paused }

    /** What has come, from whom, and how fast: see docs/embedding.md. */
    stats() { return this.#told.stats }

    /** Talks to another frame from now on. */
    connect(port) {
      this.#port?.close()
      this.#port = port
      port.onmessage = ({ data }) => this.hear(data)
      for (const order of this.#orders.splice(0)) port.postMessage(order)
    }

    /** Takes what the frame tells. */
    hear(data) {
      if (typeof data !== 'object' || !EVENTS.includes(data?.event)) return
      for (const key of ['currentTime', 'duration']) {
        if (Number.isFinite(data[key])) this.#told[key] = data[key]
      }
      if (typeof data.paused === 'boolean') this.#told.paused = data.paused
      const stats = Object.entries(data.stats ?? {}).filter(([, value]) => Number.isFinite(value))
      this.#told.stats = Object.freeze(Object.fromEntries(stats))
      const detail = { ...this.#told, message: typeof data.message === 'string' ? data.message : undefined }
      this.dispatchEvent(new CustomEvent(data.event, { detail }))
    }
  }

  class PlayerElement extends HTMLElement {
    static observedAttributes = ['src', 'lang', 'poster', 'torrent', 'webseed', 'tracker', 'sponsor', 'ticket', ...CHOICES, ...SWITCHES]
    static [MARK] = VERSION

    #player = new Player()
    #frame
    #address

    /** The player, as version 1 of this interface: later ones will not change it. */
    player(version = VERSION) {
      if (version !== VERSION) throw new RangeError(`This seedcast-player has no version ${version}.`)
      return this.#player
    }

    connectedCallback() {
      addEventListener('message', this.#greet)
      addEventListener('securitypolicyviolation', this.#keptOut)
      this.#load()
    }

    disconnectedCallback() {
      removeEventListener('message', this.#greet)
      removeEventListener('securitypolicyviolation', this.#keptOut)
      this.#frame?.remove()
      this.#frame = this.#address = undefined
    }

    attributeChangedCallback() {
      if (this.isConnected) this.#load()
    }

    #load() {
      const address = this.#addressed()
      if (address === this.#address) return
      this.#address = address
      this.#frame?.remove()
      this.#frame = undefined
      if (!address) return
      const frame = document.createElement('iframe')
      frame.src = address
      frame.title = this.getAttribute('title') ?? 'Player'
      frame.allow = 'autoplay; fullscreen; picture-in-picture'
      frame.allowFullscreen = true
      frame.style.cssText = 'display:block;width:100%;height:100%;border:0'
      if (!this.style.display) this.style.display = 'block'
      if (!this.style.height && !this.style.aspectRatio) this.style.aspectRatio = '16 / 9'
      this.#frame = frame
      this.append(frame)
    }

    #addressed() {
      const src = this.getAttribute('src')?.trim()
      if (!src) return undefined
      const address = new URL(home)
      for (const name of SWITCHES) {
        if (!this.hasAttribute(name)) continue
        address.searchParams.set(name, OFF.includes(this.getAttribute(name).toLowerCase()) ? '0' : '1')
      }
      for (const name of CHOICES) {
        if (this.hasAttribute(name)) address.searchParams.set(name, this.getAttribute(name).trim())
      }
      const { lang } = this
      if (lang) address.searchParams.set('lang', lang)
      const poster = this.getAttribute('poster')
      if (poster) address.searchParams.set('poster', new URL(poster, document.baseURI))
      const also = (attribute, key, base) => (this.getAttribute(attribute) ?? '').split(/\s+/).filter(Boolean)
        .map(url => `&${key}=${encodeURIComponent(new URL(url, base))}`).join('')
      const extras = also('webseed', 'ws', document.baseURI) + also('torrent', 'xs', document.baseURI)
      const ticket = this.getAttribute('ticket')
      const sponsor = ticket ? `${also('sponsor', 'x.sp')}&x.st=${encodeURIComponent(ticket)}` : ''
      address.hash = src.replace(/^#/, '') + extras + also('tracker', 'tr') + sponsor
      return address.href
    }

    // The frame says that it is there; what answers it goes to no other page that may have taken its place.
    #greet = event => {
      const ours = this.#frame && event.source === this.#frame.contentWindow && event.origin === home.origin
      if (!ours || event.data?.seedcast !== VERSION) return
      const { port1, port2 } = new MessageChannel()
      this.#player.connect(port1)
      event.source.postMessage({ seedcast: VERSION }, home.origin, [port2])
    }

    // A frame that the page's policy blocks looks like one that is empty, and tells nobody.
    #keptOut = ({ blockedURI, disposition, effectiveDirective }) => {
      const ours = this.#frame?.src && blockedURI.startsWith(home.origin) && effectiveDirective === 'frame-src'
      if (!ours || disposition !== 'enforce') return
      console.error(`The Content-Security-Policy of this page keeps <${name}> out: it needs frame-src ${home.origin}`)
      const link = document.createElement('a')
      link.href = new URL('.', home) + new URL(this.#frame.src).hash
      const language = this.lang || navigator.language
      link.textContent = `${KEPT_OUT[language.slice(0, 2)] ?? KEPT_OUT.en} → ${home.host}`
      link.style.cssText = 'display:grid;height:100%;place-content:center;text-align:center'
      this.#frame.replaceWith(link)
      this.#frame = link
      this.#player.hear({ event: 'error', message: link.textContent })
    }
  }

  // Another copy of this script may have been first. Somebody else's element of that name is left alone.
  let name = NAME
  for (let number = 2; customElements.get(name); number++) {
    if (customElements.get(name)[MARK]) return
    name = `${NAME}-${number}`
  }
  if (name !== NAME) console.warn(`Another script defines <${NAME}>: Seedcast's player is <${name}> on this page.`)
  customElements.define(name, PlayerElement)
})()
