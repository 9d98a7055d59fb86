package main

func tableFiles(s *api) map[string][]byte { return nil }
func coverage(s *api) string              { return "" }
