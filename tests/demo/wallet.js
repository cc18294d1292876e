// The demo's wallet: play money on a chain of this machine, whose node holds the key (EIP-1193, EIP-6963). It says so
// wherever it is seen, and asks before it sends or signs. Pages that are deployed do not have it.
(() => {
  const settings = SETTINGS
  const NAME = 'Play money (demo)'
  const ICON = `data:image/svg+xml,${encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><circle cx="4" cy="4" r="4" fill="#e0a000"/></svg>',
  )}`
  const failure = (code, message) => Object.assign(new Error(message), { code })

  const ask = async (method, params) => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    const options = { method: 'POST', headers: { 'content-type': 'application/json' }, body }
    const response = await fetch(settings.rpc, options).catch(() => {
      throw failure(4900, 'The demo’s chain does not answer.')
    })
    const { result, error } = await response.json()
    if (error) throw failure(error.code, error.message)
    return result
  }

  const element = (name, properties, ...children) => {
    const made = Object.assign(document.createElement(name), properties)
    made.append(...children)
    return made
  }

  // Resolves when the user agrees; a wallet's own window, which no page can press for them.
  const agree = (question, ...lines) =>
    new Promise((resolve, reject) => {
      const yes = element('button', { value: 'yes', className: 'primary', textContent: 'Yes' })
      const no = element('button', { value: '', textContent: 'No' })
      yes.dataset.testid = 'demo-wallet-yes'
      no.dataset.testid = 'demo-wallet-no'
      const id = 'demo-wallet-title'
      const form = element(
        'form',
        { method: 'dialog', className: 'modal' },
        element('h2', { id, textContent: NAME }),
        element('p', {}, element('strong', { textContent: question })),
        ...lines.map(line => element('p', { className: 'address', textContent: line })),
        element('p', { className: 'hint', textContent: 'None of this is worth anything: the chain runs on this machine.' }),
        element('div', { className: 'actions' }, yes, no),
      )
      const dialog = element('dialog', {}, form)
      dialog.dataset.testid = 'demo-wallet'
      dialog.setAttribute('aria-labelledby', id)
      dialog.addEventListener('close', () => {
        dialog.remove()
        dialog.returnValue === 'yes' ? resolve() : reject(failure(4001, 'The user said no.'))
      })
      document.body.append(dialog)
      dialog.showModal()
    })

  // Exact, without a float: whole BTT and what is left of the 18 decimals.
  const btt = quantity => {
    const digits = BigInt(quantity ?? 0).toString().padStart(19, '0')
    return `${digits.slice(0, -18)}.${digits.slice(-18)}`.replace(/\.?0+$/, '')
  }

  const answers = {
    eth_requestAccounts: () => [settings.account],
    eth_accounts: () => [settings.account],
    eth_chainId: () => settings.chain,
    wallet_switchEthereumChain: ([{ chainId }]) => {
      if (chainId !== settings.chain) throw failure(4902, 'There is only the demo’s chain.')
      return null
    },
    eth_sendTransaction: async ([transaction]) => {
      await agree(`Send ${btt(transaction.value)} BTT of play money?`, `To ${transaction.to}`)
      return ask('eth_sendTransaction', [transaction])
    },
    personal_sign: async ([text, account]) => {
      await agree('Sign this?', new TextDecoder().decode(Uint8Array.from(text.match(/[0-9a-f]{2}/gi).slice(1), digits => parseInt(digits, 16))))
      return ask('personal_sign', [text, account])
    },
  }
  const provider = {
    async request({ method, params = [] }) {
      if (!(method in answers)) throw failure(4200, `${NAME} does not know ${method}.`)
      return answers[method](params)
    },
    on() {},
    removeListener() {},
  }
  const info = { uuid: '0e4a2ff7-5b0c-4f0e-9d1c-6d0b0c1d5eed', name: NAME, icon: ICON, rdns: 'org.seedcast.play-money' }
  const detail = Object.freeze({ info: Object.freeze(info), provider: Object.freeze(provider) })
  const announce = () => window.dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail }))
  window.addEventListener('eip6963:requestProvider', announce)
  announce()

  // Two sites to the browser, on one server: at this one is who earns, at the other who pays and tips.
  const SELLER_SITE = 'localhost'
  const OTHER_SITE = '127.0.0.1'
  const isSeller = location.hostname === SELLER_SITE

  // Who earns is asked for nothing: the page is left as somebody would leave it who typed an address, chose a limit, opened
  // payments, and ticked the box, once. From then on it is theirs.
  const SOLD = 'demo-sells'
  if (isSeller && !localStorage.getItem(SOLD)) {
    localStorage.setItem('limit-up', settings.limit)
    localStorage.setItem('seedcast.payments.payee', settings.seller)
    const looking = new MutationObserver(() => {
      document.querySelector('[data-testid=payments-open]')?.click()
      const box = document.querySelector('[data-testid=earn]:enabled:not(:checked)')
      if (!box) return
      looking.disconnect()
      localStorage.setItem(SOLD, '1')
      box.click()
    })
    looking.observe(document, { childList: true, subtree: true, attributes: true })
  }

  const WORDS = {
    en: {
      demo: 'Demo: all BTT here is play money, on a chain that runs on this machine.',
      film: 'Tip for a film',
      seller: 'Earn by giving',
      buyer: 'Pay for a download',
      how: 'To see both ends of a payment, open the last two side by side, press “Go faster or earn BTT” where you pay, and say yes to the wallet.',
    },
    de: {
      demo: 'Demo: Alle BTT hier sind Spielgeld auf einer Chain, die auf diesem Rechner läuft.',
      film: 'Trinkgeld für einen Film',
      seller: 'Durch Geben verdienen',
      buyer: 'Für einen Download zahlen',
      how: 'Um beide Enden einer Zahlung zu sehen, öffne die letzten beiden nebeneinander, drücke dort, wo du zahlst, auf „Schneller werden oder BTT verdienen“ und stimme in der Wallet zu.',
    },
    es: {
      demo: 'Demostración: todo el BTT de aquí es dinero de juego, en una cadena que corre en este equipo.',
      film: 'Propina por una película',
      seller: 'Ganar dando',
      buyer: 'Pagar por una descarga',
      how: 'Para ver los dos extremos de un pago, abre los dos últimos uno junto al otro, pulsa «Ir más rápido o ganar BTT» donde pagas y di que sí en la cartera.',
    },
    zh: {
      demo: '演示:这里的 BTT 都是游戏币,所在的链运行在这台电脑上。',
      film: '打赏一部影片',
      seller: '提供数据赚钱',
      buyer: '为下载付款',
      how: '想看到付款的两端,请并排打开后两个,在付款的一页按“加速或赚取 BTT”,并在钱包中同意。',
    },
  }

  document.addEventListener('DOMContentLoaded', () => {
    const root = document.documentElement
    const banner = element('aside', { className: 'panel', ariaLabel: NAME })
    banner.dataset.testid = 'demo-banner'
    const draw = () => {
      const words = WORDS[root.lang] ?? WORDS.en
      const link = (name, site, hash) => {
        const anchor = element('a', {
          className: 'button',
          href: `http://${site}:${location.port}${hash}`,
          textContent: words[name],
        })
        anchor.dataset.testid = `demo-${name}`
        if (site !== location.hostname) anchor.target = '_blank'
        return element('li', {}, anchor)
      }
      const { film, download, origin } = settings.links
      const links = [
        link('film', OTHER_SITE, film),
        link('seller', SELLER_SITE, origin),
        link('buyer', OTHER_SITE, download),
      ]
      const told = element(
        'div',
        {},
        element('p', { textContent: words.demo }),
        element('ul', { className: 'actions' }, ...links),
        element('p', { className: 'hint', textContent: words.how }),
      )
      banner.replaceChildren(told)
    }
    draw()
    // The page says there which language it speaks.
    new MutationObserver(draw).observe(root, { attributes: true, attributeFilter: ['lang'] })
    document.body.prepend(banner)
  })
})()
