package judge

import (
	"context"
	"errors"

	"example.com/jose/conformance/library"
	"example.com/jose/conformance/protocol"
	"example.com/jose/conformance/report"
)

var errInterrupted = errors.New("interrupted")

// Run runs the tasks on im. The only error is that ctx was cancelled.
// Progress is told how many are done.
func Run(ctx context.Context, im protocol.Implementation, tasks []Task, progress func(done int)) (report.Implementation, error) {
	h := im.Hello()
	_, strict := im.(library.Self)
	out := report.Implementation{Name: h.Name, Version: h.Version, Origin: h.Origin}
	for i := range tasks {
		progress(i)
		out.Results = append(out.Results, runTask(ctx, im, h.Supports, &tasks[i], strict))
		if ctx.Err() != nil {
			return out, errInterrupted
		}
	}
	progress(len(tasks))
	voidUncontrolled(tasks, out.Results)
	if a, ok := im.(*protocol.Adapter); ok {
		out.Restarts = a.Restarts
		for _, arg := range a.Args {
			out.Command = append(out.Command, protocol.Printable(arg, 200))
		}
	}
	return out, nil
}

var faultOutcomes = map[protocol.FaultKind]report.Outcome{
	protocol.Crashed: report.Crashed, protocol.Hung: report.Hung, protocol.BrokenReply: report.BrokenReply, protocol.NotRun: report.NotRun}

func runTask(ctx context.Context, im protocol.Implementation, supports protocol.Supports, t *Task, strict bool) report.Result {
	if t.SelfOnly && !strict {
		return report.Result{Case: t.ID, Outcome: report.Unsupported, Detail: "an adapter cannot be given an exact header"}
	}
	if what := supports.Missing(&t.Request); what != "" {
		return report.Result{Case: t.ID, Outcome: report.Unsupported, Detail: "not declared: " + what}
	}
	reply, f := im.Do(ctx, &t.Request)
	if f != nil {
		return report.Result{Case: t.ID, Outcome: faultOutcomes[f.Kind], Detail: f.Detail}
	}
	return t.Judge(reply, strict)
}
