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

  document.addEventListener('DOMContentLoaded', () => {
    const words = 'Demo: all BTT here is play money, on a chain that runs on this machine.'
    const banner = element('p', { className: 'panel', role: 'note', textContent: words })
    banner.dataset.testid = 'demo-banner'
    document.body.prepend(banner)
  })
})()
