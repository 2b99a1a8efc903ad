package main

import (
	"context"
	"errors"
)

// An implementation does what a request says.
type implementation interface {
	hello() Hello
	do(context.Context, *Request) (Reply, *fault)
	close()
}

var errInterrupted = errors.New("interrupted")

// run runs the tasks on im. The only error is that ctx was cancelled.
// Progress is told how many are done.
func run(ctx context.Context, im implementation, tasks []task, progress func(done int)) (Implementation, error) {
	h := im.hello()
	_, strict := im.(self)
	out := Implementation{Name: h.Name, Version: h.Version, Origin: h.Origin}
	for i := range tasks {
		progress(i)
		out.Results = append(out.Results, runTask(ctx, im, h.Supports, &tasks[i], strict))
		if ctx.Err() != nil {
			return out, errInterrupted
		}
	}
	progress(len(tasks))
	voidUncontrolled(tasks, out.Results)
	if a, ok := im.(*adapter); ok {
		out.Restarts = a.restarts
		for _, arg := range a.args {
			out.Command = append(out.Command, printable(arg, 200))
		}
	}
	return out, nil
}

func runTask(ctx context.Context, im implementation, supports Supports, t *task, strict bool) Result {
	if t.selfOnly && !strict {
		return Result{Case: t.ID, Outcome: Unsupported, Detail: "an adapter cannot be given an exact header"}
	}
	if what := supports.missing(&t.request); what != "" {
		return Result{Case: t.ID, Outcome: Unsupported, Detail: "not declared: " + what}
	}
	reply, f := im.do(ctx, &t.request)
	if f != nil {
		return Result{Case: t.ID, Outcome: f.outcome, Detail: f.detail}
	}
	return t.judge(reply, strict)
}
