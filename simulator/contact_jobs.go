package simulator

// job is an asynchronous piece of work; here it is done when it was asked for.
type job struct{ kind string }

// startImport begins one of docs 90980, 90981 and 90982. The file is taken as read: nothing of it is applied.
func startImport(kind string) handler {
	return func(c *call) (fields, *refusal) {
		if _, no := c.corp.findMedia(c.in.text("media_id"), "file"); no != nil {
			return nil, no
		}
		id := c.startJob(kind)
		c.notify("batch_job_result", Group("BatchJob",
			CDATA("JobId", id), CDATA("JobType", kind), Number("ErrCode", 0), CDATA("ErrMsg", "ok")))
		return fields{"jobid": id}, nil
	}
}

func (c *call) startJob(kind string) string {
	id := c.s.newID("job")
	c.corp.jobs[id] = job{kind}
	return id
}

// importResult is GET batch/getresult (doc 90983).
func importResult(c *call) (fields, *refusal) {
	j, ok := c.corp.jobs[c.query.Get("jobid")]
	if !ok {
		return nil, refuse(codeArgument, "invalid jobid")
	}
	return fields{"status": 3, "type": j.kind, "total": 0, "percentage": 100, "result": []fields{}}, nil
}

// startExport begins one of docs 94849, 94851, 94852 and 94853.
func startExport(c *call) (fields, *refusal) {
	if _, err := newEnvelope("", c.in.text("encoding_aeskey")); err != nil {
		return nil, refuse(codeArgument, "encoding_aeskey is not valid")
	}
	if c.in.has("tagid") {
		if _, no := c.tag(int(c.in.int("tagid"))); no != nil {
			return nil, no
		}
	}
	return fields{"jobid": c.startJob("export")}, nil
}

// exportResult is GET export/get_result (doc 94854). There is no file behind it.
func exportResult(c *call) (fields, *refusal) {
	if j, ok := c.corp.jobs[c.query.Get("jobid")]; !ok || j.kind != "export" {
		return nil, refuse(codeArgument, "invalid jobid")
	}
	return fields{"status": 2, "data_list": []fields{}}, nil
}
