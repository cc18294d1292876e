// A wallet for tests (EIP-1193, EIP-6963): it shows one account of a chain of play money, whose node holds the key. What
// the person would say is in `wallet.policy`; what it was asked is in `wallet.log`, each with whether a person had just
// clicked.
(() => {
  const settings = SETTINGS
  const wallet = (window.wallet = { log: [], policy: {}, listeners: [], account: settings.account, chain: settings.chain })
  const failure = (code, message) => Object.assign(new Error(message), { code })
  const ask = async (method, params) => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    const answer = await fetch(settings.rpc, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    const { result, error } = await answer.json()
    if (error) throw failure(error.code, error.message)
    return result
  }
  wallet.change = (name, value) => {
    for (const [event, listener] of wallet.listeners) if (event === name) listener(value)
  }
  const answers = {
    eth_requestAccounts: () => [wallet.account],
    eth_accounts: () => [wallet.account],
    eth_chainId: () => wallet.chain,
    wallet_switchEthereumChain: ([{ chainId }]) => {
      if (wallet.policy.unknownChain) throw failure(4902, 'Unrecognized chain ID')
      wallet.chain = chainId
      return null
    },
    wallet_addEthereumChain: ([{ chainId }]) => {
      wallet.policy.unknownChain = false
      wallet.added = chainId
      return null
    },
    eth_sendTransaction: ([transaction]) => {
      const sent = { ...transaction, ...(wallet.policy.change ?? {}) }
      return ask('eth_sendTransaction', [sent]).then(hash => (wallet.sent = hash))
    },
    personal_sign: params => ask('personal_sign', params),
  }
  const provider = {
    async request({ method, params = [] }) {
      wallet.log.push({ method, params, clicked: navigator.userActivation.isActive })
      await wallet.policy.before?.(method)
      const code = wallet.policy[method]
      if (code) throw failure(code, 'The test says no.')
      if (!(method in answers)) throw failure(4200, `no ${method}`)
      return answers[method](params)
    },
    on: (event, listener) => wallet.listeners.push([event, listener]),
    removeListener: (event, listener) => {
      wallet.listeners = wallet.listeners.filter(pair => pair[0] !== event || pair[1] !== listener)
    },
  }
  for (const info of settings.names) {
    const detail = Object.freeze({ info: Object.freeze(info), provider: { ...provider } })
    const announce = () => window.dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail }))
    window.addEventListener('eip6963:requestProvider', announce)
    announce()
  }
})()
