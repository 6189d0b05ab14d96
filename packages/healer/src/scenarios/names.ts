const scenarioFile = /\.scenario\.ya?ml$/;
const yamlFile = /\.ya?ml$/;

/** Scenarios lie beside playbooks, and are none. */
export function isScenarioFile(name: string): boolean {
  return scenarioFile.test(name);
}

export function isPlaybookFile(name: string): boolean {
  return yamlFile.test(name) && !isScenarioFile(name);
}
