package judge

import (
	"fmt"
	"os"
	"regexp"
	"strings"

	"example.com/jose/conformance/protocol"
	"example.com/jose/vectors"
)

// Load reads what is to be run, and says what that is: the built-in corpus, or
// those in the folders corpora, and the files of Wycheproof in the folders
// wycheproof. Of these it keeps the cases whose id matches the pattern, unless
// that is nil, with the positive controls for them; it is no error if there is
// none. What only this library can do is left out without withSelf.
func Load(corpora, wycheproof []string, pattern *regexp.Regexp, withSelf bool) (tasks []Task, corpus string, err error) {
	own, err := vectors.Load()
	if err != nil {
		return nil, "", err
	}
	if corpora == nil && wycheproof == nil {
		if tasks, err = CorpusTasks(own); err != nil {
			return nil, "", err
		}
		made, err := MakerTasks(own)
		if err != nil {
			return nil, "", err
		}
		tasks, corpus = append(tasks, made...), "Built-in corpus"
	}
	for _, dir := range corpora {
		files, err := vectors.LoadFS(os.DirFS(dir))
		if err != nil {
			return nil, "", fmt.Errorf("-corpus %q: %w", dir, err)
		}
		more, err := CorpusTasks(files)
		if err != nil {
			return nil, "", fmt.Errorf("-corpus %q: %w", dir, err)
		}
		tasks, corpus = append(tasks, more...), corpus+"Corpus "+dir+" "
	}
	for _, dir := range wycheproof {
		more, err := WycheproofTasks(os.DirFS(dir), own)
		if err != nil {
			return nil, "", fmt.Errorf("-wycheproof %q: %w", dir, err)
		}
		tasks, corpus = append(tasks, more...), corpus+"Wycheproof "
	}
	seen := make(map[string]bool)
	kept := tasks[:0]
	for _, t := range tasks {
		if seen[t.ID] {
			return nil, "", fmt.Errorf("case %q is there twice", t.ID)
		}
		seen[t.ID] = true
		if withSelf || !t.SelfOnly {
			kept = append(kept, t)
		}
	}
	if tasks = kept; pattern != nil {
		tasks, corpus = Select(tasks, pattern), corpus+" (a part)"
	}
	return tasks, strings.TrimSpace(protocol.Printable(corpus, 200)), nil
}
