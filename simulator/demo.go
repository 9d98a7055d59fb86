package simulator

// Demo fills the platform with a small company: five people in three departments with two tags, one of whom reads in
// WeChat. Apps are added by the caller.
func Demo(s *Server) {
	for _, d := range []Department{
		{ID: 1, Name: "示例企业"},
		{ID: 2, Name: "研发部", ParentID: 1},
		{ID: 3, Name: "人事部", ParentID: 1},
		{ID: 4, Name: "测试组", ParentID: 2},
	} {
		s.AddDepartment(d)
	}
	for _, m := range []Member{
		{UserID: "zhangsan", Name: "张三", Departments: []int{2}, Position: "工程师", Leader: "lisi"},
		{UserID: "lisi", Name: "李四", Departments: []int{2}, Position: "研发经理", Leader: "zhaoliu"},
		{UserID: "wangwu", Name: "王五", Departments: []int{3}, Position: "人事专员", Leader: "zhaoliu"},
		{UserID: "zhaoliu", Name: "赵六", Departments: []int{1}, Position: "总经理"},
		{UserID: "sunqi", Name: "孙七", Departments: []int{4}, Position: "测试工程师", Leader: "lisi", Reader: ReadsWeChat},
	} {
		s.AddMember(m)
	}
	s.AddTag(Tag{ID: 1, Name: "经理", Users: []string{"lisi", "zhaoliu"}})
	s.AddTag(Tag{ID: 2, Name: "技术", Departments: []int{2}})
}
