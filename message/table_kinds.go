package message

func messageKinds() [][]entry {
	return [][]entry{
		of[Text]("90239", "text message", "text", ""),
		of[Image]("90239", "picture", "image", ""),
		of[Voice]("90239", "recording", "voice", ""),
		of[Video]("90239", "video", "video", ""),
		of[Location]("90239", "place", "location", ""),
		of[Link]("90239", "link", "link", ""),
	}
}

func appKinds() [][]entry {
	return [][]entry{
		of[Subscribe]("90240", "member entered the app's scope", "event/subscribe", ""),
		of[Unsubscribe]("90240", "member left the app's scope", "event/unsubscribe", ""),
		of[EnterAgent]("90240", "member opened the app", "event/enter_agent", ""),
		of[LocationReport]("90240", "where a member is", "event/location", ""),
		of[MenuClick]("90240", "menu item", "event/click", ""),
		of[MenuView]("90240", "menu item that opens a page", "event/view", ""),
		of[MenuMiniProgram]("90240", "menu item that opens a mini-program", "event/view_miniprogram", ""),
		of[ScanCode]("90240", "code scanned from the menu", "event/scancode_push", ""),
		of[ScanCode]("90240", "code scanned from the menu, the client waits for an answer", "event/scancode_waitmsg", ""),
		of[Pictures]("90240", "photo taken from the menu", "event/pic_sysphoto", ""),
		of[Pictures]("90240", "photo or album from the menu", "event/pic_photo_or_album", ""),
		of[Pictures]("90240", "WeChat album from the menu", "event/pic_weixin", ""),
		of[PickedLocation]("90240", "place picked from the menu", "event/location_select", ""),
		of[TemplateCardEvent]("90240", "button or submit of a template card", "event/template_card_event", ""),
		of[TemplateCardMenu]("90240", "menu of a template card", "event/template_card_menu_event", ""),
		of[TaskCardClick]("90240", "button of a legacy task card", "event/taskcard_click", ""),
		of[SharedApp]("90240", "sharing with linked corps changed", "event/share_agent_change", ""),
		of[SharedApp]("90240", "sharing up- and downstream changed", "event/share_chain_change", ""),
		of[InactiveAlert]("90240", "app will be disabled: nobody uses it", "event/inactive_alert", ""),
		of[CloseInactiveAgent]("90240", "app was disabled: nobody used it", "event/close_inactive_agent", ""),
		of[ReopenInactiveAgent]("90240", "app is enabled again", "event/reopen_inactive_agent", ""),
		of[LowActiveAlert]("90240", "app will be restricted: few use it", "event/low_active_alert", ""),
		of[LowActive]("90240", "app is restricted: few use it", "event/low_active", ""),
		of[ActiveRestored]("90240", "restriction is over", "event/active_restored", ""),
		of[WorkbenchMode]("92535", "workbench display switched", "event/switch_workbench_mode", ""),
		of[AppAdmins]("95038", "administrators of the app changed", "event/change_app_admin", ""),
		of[Unlicensed]("97195", "member without a licence used the app", "event/unlicensed_notify", ""),
		of[UploadJob]("96219", "asynchronous upload ended", "event/upload_media_job_finish", ""),
		of[VIPRequest]("99876", "request for a paid account", "event/submit_vip_account_approval", ""),
		of[VIPDecision]("99877", "request for a paid account decided", "event/finish_vip_account_approval", ""),
	}
}

func contactKinds() [][]entry {
	const user, party = "create_user update_user delete_user", "create_party update_party delete_party"
	return [][]entry{
		of[ContactUser]("90970", "member changed", "event/change_contact", user),
		of[ContactParty]("90971", "department changed", "event/change_contact", party),
		of[ContactTag]("90972", "members of a tag changed", "event/change_contact", "update_tag"),
		of[BatchJob]("90973", "asynchronous job ended", "event/batch_job_result", ""),
		of[ContactUser]("90639", "member changed", "suite/change_contact", user),
		of[ContactParty]("90640", "department changed", "suite/change_contact", party),
		of[ContactTag]("90641", "members of a tag changed", "suite/change_contact", "update_tag"),
		of[BatchJob]("95797", "asynchronous job ended", "suite/batch_job_result", ""),
	}
}

func externalKinds() [][]entry {
	const (
		contact = "add_external_contact add_half_external_contact edit_external_contact del_external_contact del_follow_user transfer_fail msg_audit_approved"
		chat    = "create update dismiss"
		tag     = "create update delete shuffle"
		acquire = "balance_low balance_exhausted balance_increased quota_expire_soon link_unavailable delete_link open_profile friend_request " +
			"customer_start_chat message_from_customer del_follow_user " +
			"service_balance_low@98958 service_balance_exhausted@98958 service_balance_consumed@98958 change_price@98958"
	)
	return [][]entry{
		of[ExternalContact]("92130", "customer changed", "event/change_external_contact", contact),
		of[ExternalChat]("92130", "customer group changed", "event/change_external_chat", chat),
		of[ExternalTag]("92130", "customer tag changed", "event/change_external_tag", tag),
		of[Acquisition]("97299", "acquisition assistant", "event/customer_acquisition", acquire),
		of[ExternalContact]("92277", "customer changed", "suite/change_external_contact", contact),
		of[ExternalChat]("92277", "customer group changed", "suite/change_external_chat", chat),
		of[ExternalTag]("92277", "customer tag changed", "suite/change_external_tag", tag),
		of[Acquisition]("97402", "acquisition assistant", "suite/customer_acquisition", acquire),
		of[AcquisitionPermit]("92277", "permission for the acquisition assistant changed", "suite/customer_acquisition_permit_change", ""),
	}
}

func approvalKinds() [][]entry {
	return [][]entry{
		of[OpenApproval]("90269", "approval by the app's own engine", "event/open_approval_change", ""),
		of[Approval]("91815", "approval in the approval app", "event/sys_approval_change", ""),
	}
}

func serviceKinds() [][]entry {
	return [][]entry{
		of[KfMessages]("94670", "customer service has messages", "event/kf_msg_or_event", ""),
		of[KfAccounts]("97712", "customer service accounts of the app changed", "event/kf_account_auth_change", ""),
		of[ArchiveNews]("95039", "chat archive has new data", "event/msgaudit_notify", ""),
		of[Living]("94145", "live broadcast changed", "event/living_status_change", ""),
		of[ProgramNotice]("100048", "notice of a special-area program", "event/program_notify", ""),
		of[ArchiveConsent]("99532", "customer agreed to the archive", "suite/chat_archive_audit_approved_single", ""),
		of[ArchiveExport]("97244", "export from the archive ended", "suite/chat_archive_export_finished", ""),
		of[ArchiveMessages]("97085", "conversation has new messages", "suite/conversation_new_message", ""),
		of[ArchiveKeyword]("97244", "message hit a keyword", "suite/hit_keyword", ""),
	}
}

func officeKinds() [][]entry {
	return [][]entry{
		of[Calendar]("97730", "calendar modified", "event/modify_calendar", ""),
		of[Calendar]("97728", "calendar deleted", "event/delete_calendar", ""),
		of[Schedule]("93651", "schedule added", "event/add_schedule", ""),
		of[Schedule]("97731", "schedule modified", "event/modify_schedule", ""),
		of[Schedule]("97732", "schedule deleted", "event/delete_schedule", ""),
		of[Schedule]("98111", "schedule answered", "event/respond_schedule", ""),
		of[MeetingRoom]("95333", "meeting room booked", "event/book_meeting_room", ""),
		of[MeetingRoom]("95333", "meeting room given back", "event/cancel_meeting_room", ""),
		of[DriveCapacity]("97972", "drive runs out of space", "event/wedrive_insufficient_capacity", ""),
		of[DriveSpaces]("97976", "spaces of the drive changed", "event/wedrive_space_change",
			"dismiss_space space_member_change@97977 space_security_settings_change@97978"),
		of[DriveFiles]("97975", "files of the drive changed", "event/wedrive_file_change", "create_file rename_file update_file delete_file move_file"),
		of[Docs]("97833", "documents changed", "event/doc_change", "doc_member_change delete_doc@97834"),
		of[Forms]("97835", "forms filled in or changed", "event/doc_change", "form_complete delete_form@98095 form_settings_change@98096"),
		of[SheetFields]("100987", "fields of a smart sheet changed", "event/smart_sheet_change",
			"add_filed update_filed delete_filed add_field update_field delete_field"),
		of[SheetRecords]("100986", "records of a smart sheet changed", "event/smart_sheet_change", "add_record update_record delete_record"),
		of[AppMail]("97506", "new mail for the app", "event/app_email_change", "receive_email"),
		of[PublicMail]("100180", "new mail in a shared mailbox", "event/public_email_change", "receive_email"),
		of[DomainIPs]("100080", "addresses of the platform changed", "event/security", "change_domain_ip"),
		of[Chain]("95796", "up- and downstream network changed", "event/change_chain",
			"create_chain update_chain delete_chain create_group update_group delete_group corp_join update_corp remove_corp"),
	}
}

func meetingKinds() [][]entry {
	return [][]entry{
		of[Meeting]("99081", "meeting", "event/meeting_change", "modify_meeting cancel_meeting@99082 meeting_start@98333 meeting_end@98337 "+
			"meeting_mute_all@98341 meeting_unmute_all@98345 join_meeting@98348 quit_meeting@98352 join_meeting_before_host@98353 "+
			"join_waiting_room@98354 quit_waiting_room@98355 join_from_meeting_room@98393 move_to_waiting_room@98394 "+
			"open_screen_share@98395 close_screen_share@98396 role_change@98397 webinar_role_change@98771 webinar_warm_up_upload@98773 "+
			"pstn_status_update@98774 medium_upload@98775 start_recording@98398 pause_recording@98399 resume_recording@98400 "+
			"stop_recording@98401 recording_complete@98402 delete_recording@98404 enroll@98781 cancel_enroll@98782 meeting_room_response@98783"),
		of[MeetingStatistics]("99648", "statistics of a meeting", "event/meeting_statistics", "start_meeting"),
	}
}

func schoolKinds() [][]entry {
	const (
		people  = "create_student update_student delete_student create_parent update_parent delete_parent subscribe unsubscribe"
		classes = "create_deparmtment update_deparmtment delete_deparmtment create_department update_department delete_department"
	)
	return [][]entry{
		of[SchoolContact]("92032", "student or parent changed", "event/change_school_contact", people),
		of[SchoolContact]("92052", "department of a school changed", "event/change_school_contact", classes),
		of[SchoolContact]("92050", "student or parent changed", "suite/change_school_contact", people),
		of[SchoolContact]("92051", "department of a school changed", "suite/change_school_contact", classes),
		of[SchoolContacts]("97281", "many changes in a school", "suite/change_school_contact_batch", ""),
	}
}

func suiteKinds() [][]entry {
	return [][]entry{
		of[SuiteTicket]("90628", "suite_ticket", "suite/suite_ticket", ""),
		of[CreateAuth]("90642", "app installed", "suite/create_auth", ""),
		of[ChangeAuth]("90642", "authorisation changed", "suite/change_auth", ""),
		of[CancelAuth]("90642", "app removed", "suite/cancel_auth", ""),
		of[CancelAuth]("90642", "app removed, other name", "suite/del_auth", ""),
		of[ResetPermanentCode]("94758", "secret void", "suite/reset_permanent_code", ""),
		of[SharedApp]("93373", "sharing with linked corps changed", "suite/share_agent_change", ""),
		of[SharedApp]("93373", "sharing up- and downstream changed", "suite/share_chain_change", ""),
		of[CorpArchAuth]("97378", "organisation may be seen", "suite/corp_arch_auth", ""),
		of[RegisterCorp]("90585", "corp registered", "suite/register_corp", ""),
		of[RegisterPackage]("98071", "promotion code scanned", "suite/enter_register_package", ""),
		of[SpecialAuth]("98959", "special permission granted", "suite/approve_special_auth", ""),
		of[SpecialAuth]("98959", "special permission withdrawn", "suite/cancel_special_auth", ""),
		of[ExternalUserIDMigration]("95327", "new ids of external contacts agreed", "suite/agree_external_userid_migration", ""),
		of[DeviceDataAuth]("96103", "permission for device data changed", "suite/device_data_auth_change", ""),
		of[LicensePaid]("97196", "licence order paid", "suite/license_pay_success", ""),
		of[LicenseRefund]("97197", "licence order refunded", "suite/license_refund", ""),
		of[LicenseActivated]("97198", "licences activated by themselves", "suite/auto_activate", ""),
		of[AppOrder]("91929", "app ordered", "suite/open_order", ""),
		of[AppOrderChange]("91930", "order replaced", "suite/change_order", ""),
		of[AppOrder]("91931", "order paid", "suite/pay_for_app_success", ""),
		of[AppOrder]("91932", "order refunded", "suite/refund", ""),
		of[AppOrder]("99353", "order cancelled", "suite/cancel_order", ""),
		of[AppEdition]("91933", "edition of the app changed", "suite/change_editon", ""),
		of[AdvancedAPIExpired]("100269", "paid interface expired", "suite/advanced_api_expired", ""),
		of[AdvancedAPIExpired]("100270", "trial of a paid interface expired", "suite/advanced_api_trial_expired", ""),
	}
}

func deviceKinds() [][]entry {
	return [][]entry{
		of[Device]("90751", "device bound", "suite/add_device", ""),
		of[Device]("90751", "device unbound", "suite/del_device", ""),
		of[Device]("90751", "features of a device changed", "suite/device_feature_change", ""),
		of[Device]("90751", "device renamed", "suite/remark_device_name", ""),
		of[DeviceConnection]("90751", "device connected", "suite/connect_info", ""),
		of[DeviceConnection]("90751", "device disconnected", "suite/disconnect_info", ""),
		of[DeviceError]("90751", "device reported an error", "suite/error_report", ""),
		of[DeviceLog]("90751", "log of a device fetched", "suite/fetch_log_finish", ""),
	}
}
