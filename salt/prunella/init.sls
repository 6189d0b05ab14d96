include:
  - prunella.minion
