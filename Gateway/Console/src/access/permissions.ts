/**
 * Which roles may do what: the table of `docs/security.md`, with which a test compares it. The gateway decides; this is only
 * so that nobody is shown what would be refused.
 */
export type Role =
  'SALES' | 'DELIVERY' | 'FINANCE' | 'FINANCE_APPROVER' | 'AUDITOR' | 'OPERATOR' | 'ADMINISTRATOR' | 'MACHINE' | 'CUSTOMER';

export const mutations = {
  approveQuote: ['SALES', 'FINANCE_APPROVER', 'MACHINE'],
  declineQuote: ['SALES', 'FINANCE_APPROVER', 'MACHINE'],
  approveInvoice: ['FINANCE_APPROVER'],
  rejectInvoice: ['FINANCE_APPROVER'],
  approveCreditMemo: ['FINANCE_APPROVER'],
  rejectCreditMemo: ['FINANCE_APPROVER'],
  disputeInvoice: ['FINANCE', 'SALES', 'DELIVERY'],
  releaseDispute: ['FINANCE'],
  approveReceivableWriteOff: ['FINANCE_APPROVER'],
  declineReceivableWriteOff: ['FINANCE', 'FINANCE_APPROVER'],
  approveRefund: ['FINANCE_APPROVER'],
  declineRefund: ['FINANCE', 'FINANCE_APPROVER'],
  runBilling: ['FINANCE'],
  correctContract: ['OPERATOR'],
  compensateActivation: ['OPERATOR'],
  retryException: ['OPERATOR'],
  skipException: ['OPERATOR'],
  correctDelivery: ['OPERATOR'],
  rerouteDelivery: ['OPERATOR'],
  approveCorrection: ['OPERATOR', 'FINANCE_APPROVER', 'ADMINISTRATOR'],
  rejectCorrection: ['OPERATOR', 'FINANCE_APPROVER', 'ADMINISTRATOR'],
  assignException: ['OPERATOR', 'FINANCE', 'SALES', 'DELIVERY', 'ADMINISTRATOR'],
  noteException: ['OPERATOR', 'FINANCE', 'SALES', 'DELIVERY', 'ADMINISTRATOR'],
  snoozeException: ['OPERATOR', 'FINANCE', 'SALES', 'DELIVERY', 'ADMINISTRATOR'],
  proposeBulkAction: ['OPERATOR'],
  approveBulkAction: ['OPERATOR', 'FINANCE_APPROVER', 'ADMINISTRATOR'],
  rejectBulkAction: ['OPERATOR', 'FINANCE_APPROVER', 'ADMINISTRATOR'],
  startBulkAction: ['OPERATOR'],
  pauseBulkAction: ['OPERATOR'],
  resumeBulkAction: ['OPERATOR'],
  cancelBulkAction: ['OPERATOR'],
  holdBilling: ['FINANCE', 'OPERATOR', 'ADMINISTRATOR'],
  releaseBilling: ['FINANCE', 'OPERATOR', 'ADMINISTRATOR'],
  acknowledgeAlert: ['OPERATOR', 'FINANCE', 'SALES', 'DELIVERY', 'ADMINISTRATOR'],
  proposePolicy: ['OPERATOR', 'FINANCE', 'ADMINISTRATOR'],
  submitPolicy: ['OPERATOR', 'FINANCE', 'ADMINISTRATOR'],
  approvePolicy: ['FINANCE_APPROVER', 'ADMINISTRATOR'],
  rejectPolicy: ['FINANCE_APPROVER', 'ADMINISTRATOR'],
  withdrawPolicy: ['OPERATOR', 'FINANCE', 'ADMINISTRATOR'],
  rollBackPolicy: ['FINANCE_APPROVER', 'ADMINISTRATOR'],
  holdConnection: ['OPERATOR', 'ADMINISTRATOR'],
  releaseConnection: ['OPERATOR', 'ADMINISTRATOR'],
  checkConnection: ['OPERATOR', 'ADMINISTRATOR'],
  rebuildLists: ['ADMINISTRATOR'],
  reconcileConnection: ['OPERATOR', 'ADMINISTRATOR'],
  repairDifference: ['OPERATOR', 'ADMINISTRATOR'],
} as const satisfies Record<string, readonly Role[]>;

export type Action = keyof typeof mutations;

/** The read policies of the schema that decide which pages somebody sees. */
export const policies = {
  audit: ['AUDITOR', 'OPERATOR', 'ADMINISTRATOR'],
  billing: ['FINANCE', 'FINANCE_APPROVER', 'AUDITOR', 'OPERATOR', 'ADMINISTRATOR', 'MACHINE'],
  economics: ['FINANCE', 'FINANCE_APPROVER', 'AUDITOR', 'ADMINISTRATOR'],
  operations: ['SALES', 'DELIVERY', 'FINANCE', 'FINANCE_APPROVER', 'AUDITOR', 'OPERATOR', 'ADMINISTRATOR', 'MACHINE'],
  people: ['DELIVERY', 'FINANCE', 'FINANCE_APPROVER', 'AUDITOR', 'OPERATOR', 'ADMINISTRATOR', 'MACHINE'],
  policies: ['FINANCE', 'FINANCE_APPROVER', 'AUDITOR', 'OPERATOR', 'ADMINISTRATOR'],
  staff: ['SALES', 'DELIVERY', 'FINANCE', 'FINANCE_APPROVER', 'AUDITOR', 'OPERATOR', 'ADMINISTRATOR', 'MACHINE'],
} as const satisfies Record<string, readonly Role[]>;

export type Policy = keyof typeof policies;
